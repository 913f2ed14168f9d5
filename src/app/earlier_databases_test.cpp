// Databases of every earlier schema still open, and keep their rows. tests/data/sqlite has one for each
// combination of versions that a program of the git history left in a new database.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "events/sqlite_event_store.hpp"
#include "events/sqlite_share_store.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::app {
namespace {

namespace fs = std::filesystem;
using Versions = std::map<std::string, int, std::less<>>;

struct Kept {
  const char* component;
  int version;  // the rows are there from this version on
  const char* sql;
  const char* rows;  // one a line
};

// The cursor, the position and the open streak are there from the first version on: migrations move them.
constexpr Kept kept[] = {
    {"events", 1,
     "SELECT session_id, username, room_id, state, last_offset, cursor FROM sessions ORDER BY key",
     "quiz|Ann|70|connected|2|t-1\ntalk||71|ended|0|"},
    {"events", 1, "SELECT \"offset\", id, type, username, amount FROM events WHERE session_key = 1",
     "1|c1|comment|bob|0\n2|g1|gift|carl|5"},
    {"events", 1, "SELECT room, room_id, cursor, heard_at FROM upstream_positions", "ann|70|t-1|2000"},
    {"events", 1, "SELECT session_key, streak_id FROM open_streaks", "1|s-9"},
    {"events", 3, "SELECT owner, started_by FROM sessions WHERE key = 1", "u1|k1"},
    {"events", 5, "SELECT session_key, id FROM trimmed_events", "2|c0"},
    {"engagement", 1, "SELECT username, diamonds FROM session_people", "carl|5"},
    {"engagement", 1, "SELECT kind, amount FROM session_spans", "gift|5"},
    {"engagement", 1, "SELECT viewers FROM session_now", "12"},
    {"profiles", 1, "SELECT username, hex(bytes) FROM profiles JOIN profile_images ON hash = image_hash",
     "ann|00FF"},
    {"auth", 1, "SELECT username, role FROM users", "Ann|admin"},
    {"auth", 1, "SELECT user_id, name FROM api_keys", "u1|bot"},
    {"auth", 1, "SELECT id FROM token_families", "f1"},
    {"auth", 1, "SELECT family FROM revoked_tokens", "f0"},
    {"auth", 1, "SELECT name_key, failures FROM login_failures", "bob|3"},
    {"auth", 2, "SELECT version, id FROM auth_changes", "1|u1"},
    {"audit", 1, "SELECT kind, username FROM audit_log", "login|ann"},
    {"ended_logs", 1, "SELECT session_id FROM ended_logs", "old"},
    {"gifts", 1, "SELECT id, name FROM gifts", "5655|Rose"},
    {"people", 1, "SELECT username FROM people WHERE user_id = 8", "carl"},
    {"installation", 1, "SELECT name, length(value) FROM installation", "picture_secret|32"},
    {"identity", 1, "SELECT database_id, generation, starts, deletions FROM identity", "d1|1|2|0"},
    {"shares", 1, "SELECT session_key, reader FROM session_shares", "1|k1"},
    {"write_check", 1, "SELECT written_at FROM write_check", "1"},
};

std::string rows_of(sqlite::Database& database, std::string_view sql) {
  std::string rows;
  auto query = database.prepare(sql);
  const int columns = sqlite3_column_count(sqlite3_next_stmt(database.handle(), nullptr));
  while (query.step()) {
    if (!rows.empty()) rows += '\n';
    for (int i = 0; i < columns; ++i) (rows += i > 0 ? "|" : "") += query.text(i);
  }
  return rows;
}

/// Returns what sqlite_schema has of tables, indexes and triggers, without layout and comments.
std::string tables_of(sqlite::Database& database) {
  std::istringstream words(rows_of(database,
                                   "SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name <> "
                                   "'sqlite_sequence' ORDER BY 1, 2"));
  std::string out;
  for (std::string word; words >> word;) out += word + ' ';
  for (const auto& [from, to] : {std::pair("( ", "("), std::pair(" )", ")")}) {
    for (auto at = out.find(from); at != std::string::npos; at = out.find(from)) out.replace(at, 2, to);
  }
  return out;
}

/// As a start opens it.
Result<sqlite::Database> open_database(const std::string& path) {
  TRY(sqlite::Database database, sqlite::Database::open(path));
  if (auto prepared = events::SqliteEventStore::prepare(database); !prepared) return prepared.error();
  return database;
}

std::string new_tables() {
  auto fresh = open_database(":memory:");
  EXPECT_TRUE(fresh);
  return tables_of(*fresh);
}

/// Reads "-- audit 1, auth 2".
Versions versions_of(const std::string& line) {
  Versions versions;
  std::istringstream words(line.substr(3));
  std::string component;
  for (int version = 0; words >> component >> version; words.ignore(1, ',')) versions[component] = version;
  return versions;
}

class EarlierDatabases : public ::testing::Test {
 protected:
  ~EarlierDatabases() override {
    for (const char* tail : {"", "-wal", "-shm"}) fs::remove(path + tail);
  }
  const std::string path = testing::TempDir() + "earlier_" + random_hex(6) + ".db";
};

TEST_F(EarlierDatabases, of_every_version_open_and_keep_their_rows) {
  const std::string expected = new_tables();
  int files = 0;
  for (const auto& entry : fs::directory_iterator(PAPI_SOURCE_DIR "/tests/data/sqlite")) {
    if (entry.path().extension() != ".sql") continue;
    SCOPED_TRACE(entry.path().filename());
    ++files;
    std::ifstream file(entry.path());
    std::string line;
    std::getline(file, line);
    const Versions versions = versions_of(line);
    ASSERT_TRUE(versions.contains("events")) << line;
    const std::string dump{std::istreambuf_iterator<char>(file), {}};
    for (const char* tail : {"", "-wal", "-shm"}) fs::remove(path + tail);
    {
      auto earlier = sqlite::Database::open(path);
      earlier->execute("PRAGMA foreign_keys=OFF");  // a dump is in the order of the tables' names
      earlier->execute(dump.c_str());
    }
    auto database = open_database(path);
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE(events::SqliteEventStore::sessions_in(*database, 10));
    ASSERT_TRUE(events::SqliteShareStore::shares_in(*database));
    EXPECT_EQ(tables_of(*database), expected);
    for (const Kept& rows : kept) {
      const auto at = versions.find(rows.component);
      if (at == versions.end() || at->second < rows.version) continue;
      EXPECT_EQ(rows_of(*database, rows.sql), rows.rows) << rows.sql;
    }
    EXPECT_EQ(rows_of(*database, "PRAGMA integrity_check"), "ok");
    EXPECT_EQ(rows_of(*database, "PRAGMA foreign_key_check"), "");
  }
  EXPECT_EQ(files, 17);
}

/// A first start that was interrupted, and account commands before the first start, leave some components
/// only.
TEST_F(EarlierDatabases, of_any_combination_of_versions_become_the_current_schema) {
  const std::string expected = new_tables();
  const sqlite::Schema& schema = schema::sqlite_schema();
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    Versions versions;
    for (const auto& step : schema.component_steps) {
      int& version = versions[std::string(step.component)];
      if (version == step.version - 1) version += static_cast<int>(random() % 2);
    }
    auto database = sqlite::Database::open(":memory:");
    ASSERT_TRUE(database);
    database->execute("CREATE TABLE schema_versions(component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
    if (versions["auth"] == 0) versions["share_endings"] = 0;  // its triggers need the tables of auth
    std::string trace;
    for (const auto& migration : schema.migrations) {
      for (const auto& step : schema.component_steps) {
        if (step.migration != migration.version || step.version > versions[std::string(step.component)])
          continue;
        database->execute(migration.sql);
        trace += std::to_string(migration.version) + ' ';
      }
    }
    for (const auto& [component, version] : versions) {
      if (version == 0) continue;
      auto row = database->prepare("INSERT INTO schema_versions VALUES (?1, ?2)");
      row.bind(1, component).bind(2, version).run();
    }
    const auto migrated = schema::migrate(*database);
    ASSERT_TRUE(migrated) << trace << migrated.error().message;
    EXPECT_EQ(tables_of(*database), expected) << trace;
    std::string adopted;
    auto rows = database->prepare("SELECT version FROM schema_migrations WHERE applied_at = 0 ORDER BY 1");
    while (rows.step()) adopted += std::string(rows.text(0)) + ' ';
    EXPECT_EQ(adopted, trace);
  }
}

/// A released migration never changes: the service would refuse the databases that have it.
TEST(SqliteSchema, has_the_migrations_that_were_released) {
  struct Released {
    int version;
    const char* name;
    const char* sha256;
  };
  constexpr Released released[] = {
      {1, "sessions_and_events", "a5f02f831a50"},
      {2, "engagement_figures", "b24ccb902f18"},
      {3, "cursor_per_session", "bd90300ceaff"},
      {4, "profiles", "9a58bf8c60dd"},
      {5, "accounts", "5c656070a700"},
      {6, "audit_trail", "2b64975f070f"},
      {7, "session_owners", "7904af32da4d"},
      {8, "upstream_positions", "41e47c8ed013"},
      {9, "ended_logs", "416e28f0e246"},
      {10, "gifts", "521ca3f7aa41"},
      {11, "seen_people", "5079f41f5fea"},
      {12, "installation", "0f40dedcf337"},
      {13, "database_identity", "83711cb13b7b"},
      {14, "trimmed_events", "3ff49c7eda1b"},
      {15, "count_deletions", "f4452392ea3e"},
      {16, "account_changes", "70315b00471d"},
      {17, "session_shares", "297d27fa666a"},
      {18, "shares_end_with_reader", "5a0710270cca"},
      {19, "write_check", "bfedcbd46a64"},
      {20, "session_keys", "bf35b85e83ad"},
      {21, "stream_tokens", "3bd7da960dc9"},
      {22, "hourly_metrics", "42b12a762c99"},
  };
  const auto migrations = schema::sqlite_schema().migrations;
  ASSERT_EQ(migrations.size(), std::size(released)) << "a new migration gets a row";
  for (std::size_t i = 0; i < std::size(released); ++i) {
    EXPECT_EQ(migrations[i].version, released[i].version);
    EXPECT_EQ(migrations[i].name, released[i].name);
    EXPECT_EQ(sha256_hex(migrations[i].sql).substr(0, 12), released[i].sha256) << released[i].name;
  }
}

}  // namespace
}  // namespace papi::app
