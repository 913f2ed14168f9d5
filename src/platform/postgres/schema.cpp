#include "platform/postgres/schema.hpp"

#include <algorithm>

namespace papi::postgres {

Result<Schema> Schema::parse(std::string_view name, std::string_view setting) {
  constexpr std::size_t longest = 63;  // PostgreSQL cuts longer names
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  const bool digit_first = !name.empty() && name.front() >= '0' && name.front() <= '9';
  if (name.empty() || name.size() > longest || digit_first || name.starts_with("pg_") ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    return invalid(std::string(setting),
                   "must have 1 to 63 characters of a-z, 0-9 and _, and must not begin with a digit or pg_");
  }
  return Schema(name);
}

std::string Schema::qualify(std::string_view sql) const {
  constexpr std::string_view placeholder = "{schema}";
  const std::string quoted = '"' + name_ + '"';
  std::string out;
  for (;;) {
    const std::size_t at = sql.find(placeholder);
    out += sql.substr(0, at);
    if (at == sql.npos) return out;
    out += quoted;
    sql.remove_prefix(at + placeholder.size());
  }
}

}  // namespace papi::postgres
