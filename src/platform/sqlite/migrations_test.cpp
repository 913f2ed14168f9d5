#include "platform/sqlite/migrations.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <type_traits>
#include <vector>

#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"

namespace papi::sqlite {
namespace {

constexpr Migration three[] = {
    {1, "a", "CREATE TABLE a(x)"}, {2, "b", "CREATE TABLE b(x)"}, {3, "c", "CREATE TABLE c(x)"}};
constexpr Migration changed[] = {{1, "a", "CREATE TABLE a(x, y)"}};
constexpr ComponentStep steps[] = {{"left", 1, 1}, {"left", 2, 3}, {"right", 1, 2}};
using Names = std::vector<std::string>;

class Migrations : public ::testing::Test {
 protected:
  Migrations() { database.emplace(std::move(*Database::open(path))); }
  ~Migrations() override {
    database.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  Names rows(const std::string& sql) {
    Names names;
    auto query = database->prepare(sql);
    while (query.step()) names.emplace_back(query.text(0));
    return names;
  }
  Names tables() {
    return rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND length(name) = 1 ORDER BY name");
  }
  std::string fault(const Schema& schema) {
    const auto migrated = migrate(*database, schema);
    if (migrated) return {};
    EXPECT_EQ(migrated.error().code, ErrorCode::database);
    return migrated.error().message;
  }
  /// As the last program that counted per component left it.
  void earlier(const std::string& versions) {
    database->execute("CREATE TABLE schema_versions(component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
    database->execute(("INSERT INTO schema_versions VALUES " + versions).c_str());
  }

  const std::string path = testing::TempDir() + "migrations_" + random_hex(6) + ".db";
  std::optional<Database> database;
};

TEST_F(Migrations, are_applied_in_order_and_recorded_with_name_and_checksum) {
  ASSERT_EQ(fault({std::span(three).first(2)}), "");
  EXPECT_EQ(tables(), (Names{"a", "b"}));
  ASSERT_EQ(fault({three}), "");
  ASSERT_EQ(fault({three}), "") << "nothing to do the second time";
  EXPECT_EQ(tables(), (Names{"a", "b", "c"}));
  EXPECT_EQ(rows("SELECT version || ' ' || name || ' ' || sha256 FROM schema_migrations ORDER BY version"),
            (Names{"1 a " + sha256_hex(three[0].sql), "2 b " + sha256_hex(three[1].sql),
                   "3 c " + sha256_hex(three[2].sql)}));
  EXPECT_EQ(rows("SELECT 1 FROM schema_migrations WHERE applied_at > 1700000000000").size(), 3u);
}

TEST_F(Migrations, refuse_a_database_that_is_not_ready_and_say_why) {
  ASSERT_EQ(fault({three}), "");
  database->execute("INSERT INTO schema_migrations VALUES (1000000, 'half a copy: finish it', '', 0)");
  for (const std::size_t known : {1u, 3u})  // an older program too
    EXPECT_EQ(fault({std::span(three).first(known)}), "the database is not ready: half a copy: finish it");
  const auto checked = check_schema(*database, {three});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::database);
}

TEST_F(Migrations, that_lack_in_the_middle_are_applied_too) {
  constexpr Migration first_and_last[] = {three[0], three[2]};
  ASSERT_EQ(fault({first_and_last}), "");
  ASSERT_EQ(fault({three}), "");
  EXPECT_EQ(tables(), (Names{"a", "b", "c"}));
}

TEST_F(Migrations, may_be_functions) {
  constexpr Migration both[] = {three[0], {2, "fill", "INSERT INTO a VALUES (1)", [](Database& at) {
                                             at.execute("UPDATE a SET x = x + 1");
                                           }}};
  ASSERT_EQ(fault({both}), "");
  EXPECT_EQ(rows("SELECT x FROM a"), Names{"2"});
  EXPECT_EQ(rows("SELECT name FROM schema_migrations WHERE version = 2"), Names{"fill"});
}

TEST_F(Migrations, that_fail_leave_those_before_and_nothing_of_themselves) {
  constexpr Migration broken[] = {three[0], {2, "bad", "CREATE TABLE b(x); INSERT INTO absent VALUES (1)"}};
  EXPECT_EQ(fault({broken}),
            "the database could not be migrated: migration 2 'bad' failed: no such table: absent");
  EXPECT_EQ(tables(), Names{"a"});
  constexpr Migration thrown[] = {
      three[0], {2, "b", "CREATE TABLE b(x)", [](Database&) { throw DatabaseFault("no"); }}};
  EXPECT_EQ(fault({thrown}), "the database could not be migrated: migration 2 'b' failed: no");
  EXPECT_EQ(tables(), Names{"a"});
  ASSERT_EQ(fault({three}), "") << "the transaction has ended";
}

TEST_F(Migrations, refuse_a_database_of_a_newer_program) {
  ASSERT_EQ(fault({three}), "");
  const Schema older{std::span(three).first(2)};
  const std::string message =
      "the database was written by a newer version of this program (migration 3, this one knows those up to "
      "2): use that version, or restore a backup from before the upgrade";
  EXPECT_EQ(fault(older), message);
  EXPECT_EQ(check_schema(*database, older).error().message, message);
}

TEST_F(Migrations, refuse_a_database_whose_migration_had_another_text) {
  ASSERT_EQ(fault({std::span(three).first(1)}), "");
  const std::string theirs = sha256_hex(three[0].sql), ours = sha256_hex(changed[0].sql);
  EXPECT_EQ(fault({changed}),
            "the database has had migration 1 'a' applied with another text than this program has (SHA-256 " +
                theirs.substr(0, 12) + "…, here " + ours.substr(0, 12) +
                "…): use the program that migrated it, or restore a backup from before");
}

TEST_F(Migrations, take_over_a_database_that_counted_per_component) {
  database->execute("CREATE TABLE a(x); INSERT INTO a VALUES ('kept')");
  earlier("('left', 1)");
  ASSERT_EQ(fault({three, steps}), "");
  EXPECT_EQ(tables(), (Names{"a", "b", "c"}));
  EXPECT_EQ(rows("SELECT x FROM a"), Names{"kept"});
  EXPECT_EQ(rows("SELECT version FROM schema_migrations WHERE applied_at = 0"), Names{"1"});
  EXPECT_EQ(rows("SELECT component || version FROM schema_versions ORDER BY 1"), (Names{"left2", "right1"}))
      << "the last program that counted so can still open the database";
}

TEST_F(Migrations, take_over_what_an_earlier_program_added_in_between) {
  ASSERT_EQ(fault({std::span(three).first(1), steps}), "");
  database->execute("CREATE TABLE b(x); INSERT INTO schema_versions VALUES ('right', 1)");
  ASSERT_EQ(fault({three, steps}), "");
  EXPECT_EQ(tables(), (Names{"a", "b", "c"}));
}

TEST_F(Migrations, refuse_a_component_of_a_newer_program) {
  earlier("('left', 3)");
  const std::string text = "the database was written by a newer version of this program (";
  const std::string remedy = "): use that version, or restore a backup from before the upgrade";
  EXPECT_EQ(fault({three, steps}), text + "left 3, this one knows 2" + remedy);
  database->execute("DELETE FROM schema_versions; INSERT INTO schema_versions VALUES ('centre', 1)");
  EXPECT_EQ(fault({three, steps}), text + "centre 1, this one knows 0" + remedy);
  EXPECT_EQ(check_schema(*database, {three, steps}).error().message,
            text + "centre 1, this one knows 0" + remedy);
  EXPECT_EQ(tables(), Names{});
}

TEST_F(Migrations, that_no_component_has_make_earlier_programs_refuse_the_database) {
  constexpr Migration four[] = {three[0], three[1], three[2], {4, "d", "CREATE TABLE d(x)"}};
  ASSERT_EQ(fault({four, steps}), "");
  EXPECT_EQ(rows("SELECT component || ' ' || version FROM schema_versions ORDER BY 1"),
            (Names{"left 1000002", "right 1000001"}));
  ASSERT_EQ(fault({four, steps}), "") << "that is no newer program for this one";
}

TEST_F(Migrations, of_two_programs_at_once_are_applied_once) {
  for (int round = 0; round < 10; ++round) {
    database.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
    std::vector<std::future<std::string>> programs;
    for (int i = 0; i < 4; ++i) {
      programs.push_back(std::async(std::launch::async, [&] {
        auto own = Database::open(path);
        if (!own) return own.error().message;
        const auto migrated = migrate(*own, {three, steps});
        return migrated ? std::string() : migrated.error().message;
      }));
    }
    for (auto& program : programs) EXPECT_EQ(program.get(), "");
    database.emplace(std::move(*Database::open(path)));
    EXPECT_EQ(tables(), (Names{"a", "b", "c"}));
  }
}

TEST_F(Migrations, tell_a_lock_of_another_connection_from_a_fault) {
  auto other = Database::open(path);
  other->execute("BEGIN EXCLUSIVE");
  database->set_lock_timeout(std::chrono::milliseconds(1));
  const auto locked = migrate(*database, {three});
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, ErrorCode::unavailable);
  other->execute("COMMIT");
  EXPECT_EQ(fault({three}), "");
}

TEST_F(Migrations, need_no_lock_if_nothing_lacks) {
  ASSERT_EQ(fault({three, steps}), "");
  auto other = Database::open(path);
  other->execute("BEGIN IMMEDIATE");
  database->set_lock_timeout(std::chrono::milliseconds(1));
  EXPECT_EQ(fault({three, steps}), "");
  other->execute("COMMIT");
}

template <class Text>
concept cacheable = requires(Database& database, Text text) { database.cached(text); };

TEST(SqlLiteral, takes_no_text_that_is_made_at_run_time) {
  static_assert(std::is_constructible_v<SqlLiteral, const char(&)[9]>);
  static_assert(!cacheable<std::string>);
  static_assert(!cacheable<const char*>);
  auto database = Database::open(":memory:");
  ASSERT_TRUE(database);
  constexpr std::string_view one = "SELECT 1";
  constexpr SqlLiteral two = "SELECT 2";
  Statement& first = database->cached(one);
  EXPECT_EQ(&database->cached(one), &first);
  ASSERT_TRUE(database->cached(two).step());
  EXPECT_EQ(database->cached(two).integer(0), 2);
}

TEST(DatabaseFault, is_a_standard_exception_with_sqlites_text_and_code) {
  auto database = Database::open(":memory:");
  ASSERT_TRUE(database);
  try {
    database->execute("SELECT * FROM absent");
    FAIL();
  } catch (const std::exception& fault) {
    EXPECT_STREQ(fault.what(), "no such table: absent");
    EXPECT_EQ(dynamic_cast<const DatabaseFault&>(fault).code(), SQLITE_ERROR);
  }
}

}  // namespace
}  // namespace papi::sqlite
