#include "copy/postgres_side.hpp"

#include "copy/postgres_rows.hpp"
#include "copy/progress.hpp"
#include "platform/base/sha256.hpp"
#include "platform/postgres/held_lease.hpp"
#include "platform/postgres/migrations.hpp"
#include "schema/postgres_schema.hpp"

namespace papi::copy {
namespace {

using postgres::HeldLease;
using postgres::Rows;
using postgres::Segment;

/// The limits of the server or of the role are for the statements of a service.
constexpr std::string_view no_limits =
    "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '60000', true), "
    "set_config('idle_in_transaction_session_timeout', '0', true)";

struct Connected {
  std::string name;
  postgres::Schema schema;
  std::unique_ptr<PostgresSession> session;

  std::string sql(std::string_view text) const { return schema.qualify(text); }
  template <class... Values>
  Result<Rows> query(std::string_view what, std::string_view text, Values&&... values) {
    return session->query(what, sql(text), std::forward<Values>(values)...);
  }
  Result<std::int64_t> number(std::string_view what, std::string_view text) {
    TRY(const Rows rows, query(what, text));
    return rows.empty() ? 0 : rows[0].get<std::int64_t>(0);
  }
  Result<void> begin(const char* statement) {
    Segment begin;
    begin.emplace_back("begin", statement);
    begin.emplace_back("limits", no_limits);
    if (auto begun = session->segment(begin); !begun) return begun.error();
    return {};
  }
};

constexpr const char* begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr const char* begin_writing = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

enum class Tables { none, older, current, unfinished, unfinished_other, not_ours };

/// What the schema has, by its list of migrations.
Result<Tables> look_at(Connected& database) {
  TRY(const Rows found, database.query("find_tables",
                                       "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND "
                                       "tablename = 'schema_migrations')",
                                       database.schema.name()));
  if (!found[0].get<bool>(0)) return Tables::none;
  TRY(const Rows rows, database.query("read_migrations",
                                      "SELECT version, sha256 FROM "
                                      "{schema}.schema_migrations ORDER BY version"));
  const auto known = schema::embedded_postgres_migrations();
  bool unfinished_copy = false;
  std::size_t all = 0, same = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto version = rows[i].get<std::int32_t>(0);
    if (version == postgres::not_ready_version) {
      unfinished_copy = true;
      continue;
    }
    const bool is_same = all < known.size() && known[all].version == version &&
                         sha256_hex(known[all].sql) == rows[i].get<std::string_view>(1);
    same += is_same ? 1 : 0;
    ++all;
  }
  const bool current = same == all && all == known.size();
  if (unfinished_copy) return current ? Tables::unfinished : Tables::unfinished_other;
  if (current) return Tables::current;
  return same == all ? Tables::older : Tables::not_ours;
}

Result<std::unique_ptr<HeldLease>> own(const PostgresPlace& place, Logger& log, const OnWait& on_wait) {
  HeldLease::Options options{"db copy", "profile-api"};
  options.timeout = place.lease_timeout;
  options.on_wait = [&](const std::string& owner, std::chrono::milliseconds at_most) {
    if (on_wait) on_wait(waiting_line(place.name(), owner, at_most, SystemClock().now_ms()));
  };
  auto lease = HeldLease::take(place.target, place.schema, options, log);
  if (!lease) return Error(lease.error().code, place.name() + ": " + lease.error().message);
  return lease;
}

Result<Connected> connect(const PostgresPlace& place) {
  TRY(auto session, PostgresSession::open(place.target, place.name()));
  return Connected{place.name(), place.schema, std::move(session)};
}

/// What a source and a target have in common.
template <class Base>
class PostgresSide : public Base {
 public:
  PostgresSide(Connected database, std::unique_ptr<HeldLease> lease)
      : lease_(std::move(lease)), database_(std::move(database)) {}

  std::string name() const override { return database_.name; }

  Result<std::int64_t> count(const Table& table) override {
    return database_.number("count_rows", "SELECT count(*) FROM {schema}." + std::string(table.name));
  }
  Result<std::unique_ptr<RowReader>> read_by_key(const Table& table, const Row* after) override {
    return read(table, true, after);
  }
  Result<std::unique_ptr<RowReader>> read_all(const Table& table) override {
    return read(table, false, nullptr);
  }
  Result<std::int64_t> counter(const Counter& counter) override {
    return database_.number("read_counter", counter.postgres_read);
  }

 protected:
  Error lost() const {
    return Error(ErrorCode::conflict, database_.name + ": another process has become its owner");
  }

  std::unique_ptr<HeldLease> lease_;
  Connected database_;

 private:
  Result<std::unique_ptr<RowReader>> read(const Table& table, bool by_key, const Row* after) {
    auto reader = std::make_unique<PostgresRowReader>(*database_.session, table);
    if (auto opened = reader->open(database_.schema, by_key, after); !opened) return opened.error();
    return reader;
  }
};

class PostgresSource final : public PostgresSide<Source> {
 public:
  using PostgresSide::PostgresSide;

  Result<void> check_owned() override {
    if (lease_->lost()) return lost();
    return {};
  }
};

class PostgresTarget final : public PostgresSide<Target> {
 public:
  using PostgresSide::PostgresSide;

  bool keeps_any_text() const override { return false; }

  Result<Journal> begin(const std::string& source) override {
    TRY(const Tables found, look_at(database_));
    if (found != Tables::unfinished) {
      for (const Table& table : tables()) {
        TRY(const Rows rows, database_.query("find_rows", "SELECT EXISTS (SELECT FROM {schema}." +
                                                              std::string(table.name) + ")"));
        if (rows[0].get<bool>(0)) return not_empty(database_.name, table.name);
      }
      if (auto made = make_journal(source); !made) return made.error();
    }
    TRY(Journal journal, read_journal());
    if (journal.source != source) return other_source(database_.name, journal.source);
    return journal;
  }

  Result<void> write(const Table& table, std::span<const Row> rows, const TableProgress& progress) override {
    return in_transaction([&]() -> Result<void> {
      if (!rows.empty()) {
        bytes_.clear();
        copy_begin(bytes_);
        for (const Row& row : rows) copy_row(bytes_, table, row);
        copy_end(bytes_);
        const auto stored = database_.session->copy_in(copy_statement(database_.schema, table), bytes_);
        if (!stored)
          return Error(stored.error().code, std::string(table.name) + ": " + stored.error().message);
      }
      const auto noted = database_.query(
          "note_progress",
          "INSERT INTO {schema}.copy_journal AS j VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE "
          "SET row_count = excluded.row_count, checksum = excluded.checksum, last_key = excluded.last_key, "
          "finished = excluded.finished",
          table.name, progress.rows, progress.sum.text(), key_to_text(progress.last), progress.finished);
      if (!noted) return noted.error();
      return {};
    });
  }

  Result<void> set_counters(std::span<const std::int64_t> values) override {
    return in_transaction([&]() -> Result<void> {
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto set = database_.query("set_counter", counters()[i].postgres_write, values[i]);
        if (!set) return set.error();
      }
      return {};
    });
  }

  Result<void> begin_check() override { return database_.begin(begin_reading); }

  Result<void> finish() override {
    database_.session->roll_back();
    auto done = in_transaction([&]() -> Result<void> {
      Segment statements;
      statements.emplace_back("drop_journal",
                              database_.sql("DROP TABLE {schema}.copy_journal, {schema}.copy_header"));
      statements.emplace_back("make_ready",
                              database_.sql("DELETE FROM {schema}.schema_migrations WHERE version = $1"),
                              std::int32_t{postgres::not_ready_version});
      if (auto ran = database_.session->segment(statements); !ran) return ran.error();
      return {};
    });
    if (!done) return done;
    // Without it the first queries are planned for empty tables. autovacuum would come later.
    for (const Table& table : tables())
      (void)database_.query("vacuum", "VACUUM (ANALYZE) {schema}." + std::string(table.name));
    return {};
  }

 private:
  /// Each transaction begins with the fence: it fails if another process has become the owner.
  template <class Work>
  Result<void> in_transaction(Work work) {
    Segment begin;
    begin.emplace_back("begin", begin_writing);
    begin.emplace_back("limits", no_limits);
    begin.push_back(lease_->fence());
    Result<void> done;
    if (auto begun = database_.session->segment(begin); !begun) {
      done = begun.error();
    } else {
      done = work();
    }
    if (done) {
      const auto committed = database_.session->query("commit", "COMMIT");
      if (!committed) {
        done = committed.error();
      } else if (committed->command() != "COMMIT") {
        done = Error(ErrorCode::database, database_.name + ": the transaction was rolled back");
      }
    }
    if (!done) database_.session->roll_back();
    return done;
  }

  Result<void> make_journal(const std::string& source) {
    return in_transaction([&]() -> Result<void> {
      Segment statements;
      statements.emplace_back(
          "make_header",
          database_.sql("CREATE TABLE {schema}.copy_header (copy_id text NOT NULL, source text NOT NULL)"));
      statements.emplace_back(
          "make_journal",
          database_.sql(
              "CREATE TABLE {schema}.copy_journal (name text PRIMARY KEY, row_count bigint NOT NULL, "
              "checksum text NOT NULL, last_key text NOT NULL, finished boolean NOT NULL)"));
      statements.emplace_back("write_header",
                              database_.sql("INSERT INTO {schema}.copy_header VALUES ($1, $2)"),
                              random_hex(16), postgres::storable(source));
      statements.emplace_back(
          "mark_unfinished",
          database_.sql("INSERT INTO {schema}.schema_migrations (version, name, sha256) VALUES ($1, $2, '')"),
          std::int32_t{postgres::not_ready_version}, unfinished);
      if (auto ran = database_.session->segment(statements); !ran) return ran.error();
      return {};
    });
  }

  Result<Journal> read_journal() {
    const Error damaged(
        ErrorCode::database,
        database_.name + ": the journal of the unfinished copy is damaged: use an empty target");
    TRY(const Rows header,
        database_.query("read_header", "SELECT copy_id, source FROM {schema}.copy_header"));
    if (header.size() != 1) return damaged;
    Journal journal;
    journal.copy_id = header[0].get<std::string>(0);
    journal.source = header[0].get<std::string>(1);
    TRY(const Rows rows, database_.query("read_journal",
                                         "SELECT name, row_count, checksum, last_key, finished FROM "
                                         "{schema}.copy_journal"));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const postgres::Row row = rows[i];
      const auto sum = Checksum::parse(row.get<std::string_view>(2));
      auto last = key_from_text(row.get<std::string_view>(3));
      if (!sum || !last) return damaged;
      journal.tables[row.get<std::string>(0)] =
          TableProgress{row.get<std::int64_t>(1), *sum, *std::move(last), row.get<bool>(4)};
    }
    return journal;
  }

  std::string bytes_;  // of one chunk; kept for its memory
};

}  // namespace

std::string PostgresPlace::name() const {
  std::string hosts;
  for (const postgres::Host& host : target.hosts) (hosts += hosts.empty() ? "" : ",") += host.shown();
  return "postgresql " + hosts + "/" + (target.database.empty() ? target.user : target.database) +
         ", schema " + schema.name();
}

Result<std::unique_ptr<Source>> open_postgres_source(const PostgresPlace& place, Logger& log,
                                                     const OnWait& on_wait) {
  TRY(Connected database, connect(place));
  TRY(const Tables found, look_at(database));
  const std::string named = "the source " + database.name;
  if (found == Tables::none) return Error(refused, named + " has no tables of this program");
  if (found == Tables::older) return older_version(database.name);
  if (found == Tables::unfinished || found == Tables::unfinished_other)
    return Error(refused, named + " is itself an unfinished copy: finish that one first");
  if (found == Tables::not_ours)
    return Error(ErrorCode::database,
                 named + " was written by a newer version of this program: use that one");
  TRY(auto lease, own(place, log, on_wait));
  if (auto begun = database.begin(begin_reading); !begun) return begun.error();
  return std::make_unique<PostgresSource>(std::move(database), std::move(lease));
}

Result<std::unique_ptr<Target>> open_postgres_target(const PostgresPlace& place, Logger& log,
                                                     const OnWait& on_wait) {
  TRY(Connected database, connect(place));
  TRY(const Tables found, look_at(database));
  if (found == Tables::unfinished_other) return begun_by_other_version(database.name);
  if (found != Tables::unfinished) {
    if (auto migrated = database.session->migrate(place.schema); !migrated) return migrated.error();
  }
  TRY(auto lease, own(place, log, on_wait));
  return std::make_unique<PostgresTarget>(std::move(database), std::move(lease));
}

}  // namespace papi::copy
