#include "copy/sides.hpp"

namespace papi::copy {
namespace {

std::string plain(std::string_view name) {
  if (name.starts_with('"')) name = name.substr(1, name.size() - 2);
  return std::string(name);
}

}  // namespace

std::string place_of(const Table& table, const Row& row) {
  constexpr std::size_t longest = 100;
  std::string text(table.name);
  for (std::size_t i = 0; i < table.key_columns && i < row.size(); ++i) {
    const Cell& cell = row[i];
    text += ", " + plain(table.columns[i].name) + " ";
    text += cell.kind == Cell::Kind::number ? std::to_string(cell.number)
                                            : "'" + cell.text.substr(0, longest) + "'";
  }
  return text;
}

Error unreadable(const Table& table, const Row& row, const Column& column, const std::string& what) {
  return Error(ErrorCode::database, place_of(table, row) + ", column " + plain(column.name) + ": " + what);
}

Error not_empty(const std::string& target, std::string_view table) {
  return Error(refused, "the target " + target + " is not empty: its table '" + std::string(table) +
                            "' has rows. Give --to an empty database, or with PostgreSQL another "
                            "--to-schema");
}

Error other_source(const std::string& target, const std::string& source) {
  return Error(refused, "the target " + target + " has an unfinished copy of " + source +
                            ": give that source again, or use an empty target");
}

Error older_version(const std::string& source) {
  return Error(refused, "the source " + source +
                            " was last used by an older version of this program: start " +
                            "this version on it once, stop it, and copy then");
}

Error begun_by_other_version(const std::string& target) {
  return Error(refused, "the target " + target + " has an unfinished copy that another version of this " +
                            "program began: use that version, or an empty target");
}

}  // namespace papi::copy
