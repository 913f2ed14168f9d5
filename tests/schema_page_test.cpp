// docs/schema.md describes every table that the migrations make, under the heading of its engine.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace papi::schema_page {
namespace {

using Tables = std::set<std::string>;

const std::string only_sqlite = "Only in SQLite", only_postgres = "Only in PostgreSQL",
                  no_migration = "Tables that no migration makes";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Applies one migration to the names of the tables that exist.
void apply_migration(const std::string& sql, Tables& tables) {
  static const std::regex comment("--[^\n]*");
  static const std::regex change(
      R"((CREATE|DROP|ALTER) TABLE (?:IF (?:NOT )?EXISTS )?(?:\{schema\}\.)?(\w+)\s*(\(|;|RENAME TO (\w+))?)");
  const std::string code = std::regex_replace(sql, comment, "");
  for (std::sregex_iterator it(code.begin(), code.end(), change), end; it != end; ++it) {
    const std::string verb = (*it)[1].str(), name = (*it)[2].str();
    if (verb == "CREATE" && (*it)[3].str() == "(") tables.insert(name);  // else it is a partition
    if (verb == "DROP" || (*it)[4].matched) tables.erase(name);
    if ((*it)[4].matched) tables.insert((*it)[4].str());
  }
}

Tables tables_of(const std::string& engine) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(PAPI_SOURCE_DIR) / "migrations" / engine))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  Tables tables;
  for (const auto& file : files) apply_migration(text_of(file), tables);
  return tables;
}

/// Returns the headings by the tables that have a row under them. A row counts if its first column is called
/// "table".
std::map<std::string, std::string> documented(const std::string& page) {
  static const std::regex heading("^#+ (.*)$"), row(R"(^\| `(\w+)` \|.*$)");
  std::map<std::string, std::string> headings;
  std::istringstream lines(page);
  std::string under;
  bool in_list = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, heading)) under = match[1].str();
    if (line.rfind("| table |", 0) == 0) in_list = true;
    if (line.rfind('|', 0) != 0) in_list = false;
    if (in_list && std::regex_match(line, match, row)) headings[match[1].str()] = under;
  }
  return headings;
}

std::vector<std::string> faults_of(const std::string& page, const Tables& sqlite, const Tables& postgres) {
  std::vector<std::string> faults;
  const auto headings = documented(page);
  Tables all = sqlite;
  all.insert(postgres.begin(), postgres.end());
  for (const std::string& table : all) {
    const auto found = headings.find(table);
    const std::string wanted = !postgres.contains(table) ? only_sqlite
                               : !sqlite.contains(table) ? only_postgres
                                                         : "";
    if (found == headings.end()) {
      faults.push_back(table + " has no row");
    } else if (wanted.empty() ? found->second == only_sqlite || found->second == only_postgres ||
                                    found->second == no_migration
                              : found->second != wanted) {
      faults.push_back(table + " is under the wrong heading: " + found->second);
    }
  }
  for (const auto& [table, under] : headings)
    if (!all.contains(table) && under != no_migration) faults.push_back("no migration makes " + table);
  return faults;
}

}  // namespace

TEST(SchemaPage, follows_what_a_migration_makes_and_drops) {
  Tables tables = {"old", "first"};
  apply_migration(
      "-- CREATE TABLE not_this (\nCREATE TABLE {schema}.a (\n  x bigint\n);\nCREATE TABLE IF NOT EXISTS b(y "
      "TEXT);\nDROP TABLE old;\nALTER TABLE first RENAME TO second;\nALTER TABLE a ADD COLUMN z;\n"
      "EXECUTE format('CREATE TABLE {schema}.a_%s PARTITION OF {schema}.a FOR VALUES');\n",
      tables);
  EXPECT_EQ(tables, (Tables{"a", "b", "second"}));
}

TEST(SchemaPage, a_missing_row_and_a_wrong_heading_are_found) {
  const std::string page =
      "## Events\n| table | row |\n| --- | --- |\n| `a` | x |\n| `p` | x |\n\n## Only in SQLite\n| table "
      "|\n| "
      "`s` |\n\n## Only in PostgreSQL\n| table |\n| `q` |\n| `both` |\n\n## Tables that no migration makes\n"
      "| table |\n| `journal` |\n\n## Differences\n| | SQLite |\n| --- | --- |\n| `c` | x |\n";
  EXPECT_EQ(faults_of(page, {"a", "s"}, {"a", "q"}),
            (std::vector<std::string>{"no migration makes both", "no migration makes p"}));
  EXPECT_EQ(faults_of(page, {"a", "s", "both"}, {"a", "p", "q", "both", "c"}),
            (std::vector<std::string>{"both is under the wrong heading: Only in PostgreSQL", "c has no row",
                                      "p is under the wrong heading: Events"}));
}

TEST(SchemaPage, has_a_row_for_every_table_of_both_engines) {
  const Tables sqlite = tables_of("sqlite"), postgres = tables_of("postgres");
  EXPECT_TRUE(sqlite.contains("events") && postgres.contains("events")) << "the test reads nothing";
  const auto faults =
      faults_of(text_of(std::filesystem::path(PAPI_SOURCE_DIR) / "docs/schema.md"), sqlite, postgres);
  EXPECT_EQ(faults, std::vector<std::string>());
}

}  // namespace papi::schema_page
