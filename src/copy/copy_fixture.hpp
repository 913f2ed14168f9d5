#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "copy/copier.hpp"
#include "copy/postgres_side.hpp"
#include "copy/sqlite_side.hpp"
#include "platform/base/random.hpp"
#include "platform/sqlite/database.hpp"
#include "platform/sqlite/owner_lock.hpp"
#include "schema/sqlite_schema.hpp"
#include "tests/postgres_fixture.hpp"

namespace papi::copy {

/// A SQLite file in a temporary folder.
struct SqliteFile {
  explicit SqliteFile(bool migrated = false) {
    if (migrated) change("SELECT 1");
  }
  ~SqliteFile() {
    for (const char* tail : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + tail);
  }
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  /// Runs SQL on the file with the program's tables.
  void change(const std::string& sql) const {
    auto database = sqlite::Database::open(path);
    ASSERT_TRUE(database);
    const auto ready = schema::migrate(*database);
    ASSERT_TRUE(ready) << ready.error().message;
    database->execute(sql.c_str());
  }
  /// The rows of a query, as SQLite quotes their values.
  std::vector<std::string> rows(const std::string& sql) const {
    auto database = sqlite::Database::open_to_read(path);
    auto query = database->prepare(sql);
    std::vector<std::string> all;
    while (query.step()) all.emplace_back(query.text(0));
    return all;
  }
  std::string one(const std::string& sql) const {
    const auto all = rows(sql);
    return all.empty() ? "" : all.front();
  }
  /// All rows of all tables that are copied, and all counters. Without epochs.
  std::vector<std::string> content() const {
    std::vector<std::string> all;
    for (const Table& table : tables()) {
      std::string values = "'" + std::string(table.name) + "'", key;
      for (const Column& column : table.columns) {
        if (column.type == Type::epoch) continue;
        values += fmt::format(" || ' ' || quote(CAST({0} AS BLOB)) || typeof({0})", column.name_in_sqlite());
      }
      for (const Column& column : table.key()) (key += key.empty() ? "" : ", ") += column.name_in_sqlite();
      const std::string sql = fmt::format("SELECT {} FROM {} ORDER BY {}", values, table.name, key);
      for (std::string& row : rows(sql)) all.push_back(std::move(row));
    }
    for (const Counter& counter : counters())
      all.push_back(std::string(counter.name) + " " + one(std::string(counter.sqlite_read)));
    return all;
  }

  const std::string path = testing::TempDir() + "copy_" + random_hex(6) + ".db";
};

/// Rows of all tables, with values at the limits of their types.
inline constexpr const char* installation_sql = R"sql(
    INSERT INTO users VALUES ('u1', 'Root', 'root', 'r@example.org', 'admin', '$argon2id$x', 1, 0, 1000, 2000),
      ('u2', 'Ann', 'ann', '', 'user', '$argon2id$y', 0, 1, 1001, 0);
    INSERT INTO api_keys VALUES ('k2', 'u1', 'second', 'h2', 'pk_b', '', 31, 1, 9, 0, 1);
    INSERT INTO api_keys VALUES ('k0', 'u1', 'gone', 'h0', 'pk_c', '', 31, 1, 9, 0, 1);
    INSERT INTO api_keys VALUES ('k1', 'u2', 'first', 'h1', 'pk_a', 'k2', 1, 2, 9, 3, 0);
    DELETE FROM api_keys WHERE id = 'k0';
    INSERT INTO stream_tokens VALUES ('t2', 'u1', 'overlay', 'h3', 'st_a', 'k2', 'quiz,show', 'gift', 'null', 1, 9, 0);
    INSERT INTO stream_tokens VALUES ('t0', 'u1', 'gone', 'h5', 'st_c', '', 'quiz', '', '', 1, 9, 0);
    INSERT INTO stream_tokens VALUES ('t1', 'u2', 'Brett', 'h4', 'st_b', '', 'quiz', '', '', 2, 9, 3);
    DELETE FROM stream_tokens WHERE id = 't0';
    INSERT INTO sign_in_codes VALUES ('c1', 'u1', 1, 9, 0), ('c2', 'u2', 1, 9, 5);
    INSERT INTO token_families VALUES ('f1', 'u1', 1, 2, 'c', 3, 'p');
    INSERT INTO revoked_tokens VALUES ('f0', 'u2', 1, 2);
    INSERT INTO login_failures VALUES ('n1', 2147483647, 5, 6);
    UPDATE auth_version SET version = 12; UPDATE auth_noticed SET version = 11;
    INSERT INTO auth_changes VALUES (11, 1, 'u1'), (12, 2, 'k1');
    INSERT INTO audit_log VALUES (1, 1000, 'login', 1, 'Root', '::1', 'POST /auth/login', '', '', 'c1'),
      (5, 1000, 'login', 0, 'ann' || char(0x1F600), '127.0.0.1', 'POST /auth/login', '', 'password', 'c2'),
      (9, 1000, 'login', 1, 'Root', '::1', 'POST /auth/login', '', '', 'c3');
    DELETE FROM audit_log WHERE id = 9;
    INSERT INTO installation VALUES ('secret', x'00ff00e28080'), ('empty', x'');
    INSERT INTO profile_images VALUES ('ab', 1, 200, 100, randomblob(70000)), ('cd', 2, 1, 1, x'00'),
      ('ef', 3, 1, 1, x'89504e47'), ('01', 0, 1, 1, x'ff'), ('02', 0, 1, 1, x'fe');
    INSERT INTO profiles VALUES ('ann', 'Ännchen', 1, 9, 'ab', 1, 2, 3, 4), ('bob', '', 0, 1, 'cd', 1, 2, 3, 4);
    INSERT INTO gifts VALUES (5655, 'Rose', 1, 'https://p16.example/rose', 1, 1), (-1, '', 0, '', 0, 0);
    INSERT INTO gift_list VALUES (1, 100, 200);
    INSERT INTO people VALUES (7, 'ann', 'Ann', 5), (-1, '', 'id above 2^63', 6), (-9223372036854775808, 'x', '', 0);
    INSERT INTO sessions (key, session_id, epoch, username, room_id, state, reason, wait_until_live, created_at,
        started_at, last_offset, bytes, cursor, owner, started_by, heard_at)
      VALUES (1, 'show', 'old-epoch-1', 'ann', '7123', 'connected', '', 1, 10, 20, 9, 900, 'cur', 'u1', 'k2', 30),
             (2, 'gone', 'old-epoch-2', '', '99', 'deleted', 'deleted', 0, 11, 0, 3, 30, '', '', '', 0);
    UPDATE session_keys SET last = 40;
    INSERT INTO ended_logs VALUES ('gone', 50);
    INSERT INTO session_shares VALUES (1, 'u2', 60), (1, 'k1', 61);
    INSERT INTO upstream_positions VALUES ('ann', '7123', 'cur', 5, 30, 31), ('#99', '99', '', 0, 0, 0);
    INSERT INTO events VALUES
      (1, 1, '1', 'comment', 100, 7, 'ann', 0, '{"offset":1,"epoch":"old","text":"\u0000"}'),
      (1, 2, '9223372036854775808', 'gift', 101, -1, '', 9223372036854775807, '{"a":"ü"}'),
      (1, 3, '18446744073709551615', 'unknown', -5, -9223372036854775808, 'x', -1, '{}'),
      (1, 4, '0', 'session', 0, 0, '', 0, '');
    INSERT INTO events SELECT 1, n + 4, n + 100, 'like', 200 + n, 8, 'b', n, '{"n":' || n || '}'
      FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5);
    INSERT INTO events VALUES (2, 1, '5', 'rank', 1, 1, 'y', 1, '{}'), (2, 3, '6', 'guest', 1, 1, 'y', 1, '{}');
    INSERT INTO trimmed_events VALUES (1, 0, '', 's1', 3, 9), (1, -1, '18446744073709551615', '', 0, 8);
    INSERT INTO open_streaks VALUES (1, 'st', '{"type":"gift"}');
    INSERT INTO session_people VALUES (1, 7, 'ann', 'Ann', 'https://a', 1, 2, 3, 4), (1, -1, '', '', '', 0, 0, 0, 0);
    INSERT INTO session_spans VALUES (1, 10000, 'comment', 1, 0, 1), (1, 10000, 'gift', 1, 5, 5), (1, 20000, 'gift', 2, 6, 4);
    INSERT INTO session_now VALUES (1, 77);
    )sql";

/// A target that an engine implements and a test disturbs.
class DisturbedTarget final : public Target {
 public:
  explicit DisturbedTarget(Target& inner) : inner_(inner) {}

  /// The n-th write fails: before anything is stored, or behind its commit. 0: none.
  int failing_write = 0;
  bool behind_commit = false;
  int writes = 0;
  std::function<void()> before_check = [] {};

  std::string name() const override { return inner_.name(); }
  Result<std::int64_t> count(const Table& table) override { return inner_.count(table); }
  Result<std::unique_ptr<RowReader>> read_by_key(const Table& table, const Row* after) override {
    return inner_.read_by_key(table, after);
  }
  Result<std::unique_ptr<RowReader>> read_all(const Table& table) override { return inner_.read_all(table); }
  Result<std::int64_t> counter(const Counter& counter) override { return inner_.counter(counter); }
  bool keeps_any_text() const override { return inner_.keeps_any_text(); }
  Result<Journal> begin(const std::string& source) override { return inner_.begin(source); }
  Result<void> write(const Table& table, std::span<const Row> rows, const TableProgress& progress) override {
    const bool fails = ++writes == failing_write;
    const Error interrupted(ErrorCode::internal, "interrupted");
    if (fails && !behind_commit) return interrupted;
    auto written = inner_.write(table, rows, progress);
    if (fails) return interrupted;
    return written;
  }
  Result<void> set_counters(std::span<const std::int64_t> values) override {
    return inner_.set_counters(values);
  }
  Result<void> begin_check() override {
    before_check();
    return inner_.begin_check();
  }
  Result<void> finish() override { return inner_.finish(); }

 private:
  Target& inner_;
};

/// Copies between files and a schema of the tests' server.
struct CopyTest : postgres::ServerTest {
  CopyTest() { empty_schema(); }

  PostgresPlace place(const std::string& schema = "copied") {
    PostgresPlace place{target_of(server.url()), *postgres::Schema::parse(schema, "schema")};
    place.lease_timeout = std::chrono::milliseconds(0);
    return place;
  }
  void empty_schema(const std::string& schema = "copied") {
    run_sql("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
  }
  void run_sql(const std::string& sql) {
    const auto connection = connect();
    const auto done = run(connection->script(sql));
    if (!done) throw std::runtime_error(done.error().what);
  }

  using OpenTarget = std::function<Result<std::unique_ptr<Target>>()>;
  using OpenSource = std::function<Result<std::unique_ptr<Source>>()>;
  OpenSource from(const SqliteFile& file) {
    return [&file, this] { return open_sqlite_source(file.path, log); };
  }
  OpenSource from(const PostgresPlace& place) {
    return [place, this] { return open_postgres_source(place, log); };
  }
  OpenTarget to(const SqliteFile& file) {
    return [&file, this] { return open_sqlite_target(file.path, log); };
  }
  OpenTarget to(const PostgresPlace& place) {
    return [place, this] { return open_postgres_target(place, log); };
  }

  CopyOptions options{3, 1'000'000, false};  // many chunks
  OnProgress on_progress = [](const Progress&) {};

  Result<CopyReport> copy(
      const OpenSource& open_source, const OpenTarget& open_target,
      const std::function<void(DisturbedTarget&)>& disturb = [](DisturbedTarget&) {}) {
    TRY(const auto source, open_source());
    TRY(const auto target, open_target());
    DisturbedTarget disturbed(*target);
    disturb(disturbed);
    auto copied = copy_all(*source, disturbed, options, on_progress);
    writes = disturbed.writes;
    return copied;
  }
  int writes = 0;  // of the last copy
  std::optional<sqlite::OwnerLock> other_owner;

  template <class T>
  static std::string message_of(const Result<T>& result) {
    return result ? "" : result.error().message;
  }
};

}  // namespace papi::copy
