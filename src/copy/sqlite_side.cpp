#include "copy/sqlite_side.hpp"

#include <filesystem>

#include "copy/sqlite_rows.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "platform/sqlite/file_check.hpp"
#include "platform/sqlite/owner_lock.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::copy {
namespace {

using sqlite::Database;

const Pause no_pause = [](std::chrono::milliseconds) { return true; };

/// A fault with the database's name. A lock of another program is CONFLICT.
Error error_of(const std::string& name, const sqlite::DatabaseFault& fault) {
  if (fault.busy())
    return Error(ErrorCode::conflict, name +
                                          " is locked by another program: end the backup, VACUUM or shell "
                                          "that holds it, and run the command again");
  return Error(ErrorCode::database, name + ": " + fault.what());
}

/// Runs `work` and turns what it throws into an Error.
template <class Work>
auto attempt(const std::string& name, Work work) -> Result<decltype(work())> {
  try {
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      return {};
    } else {
      return work();
    }
  } catch (const sqlite::DatabaseFault& fault) {
    return error_of(name, fault);
  }
}

struct Owned {
  std::string name;
  sqlite::OwnerLock lock;
};

Result<Owned> own(const std::string& path, Logger& log) {
  TRY(sqlite::OwnerLock lock, sqlite::OwnerLock::take(path, std::chrono::milliseconds(0), no_pause, log));
  if (auto checked = sqlite::check_database_file(path); !checked) return checked.error();
  return Owned{sqlite_name(path), std::move(lock)};
}

std::int64_t one_number(Database& database, std::string_view sql) {
  auto row = database.prepare(sql);
  return row.step() ? row.integer(0) : 0;
}

/// What a source and a target have in common.
template <class Base>
class SqliteSide : public Base {
 public:
  SqliteSide(Owned owned, Database database) : owned_(std::move(owned)), database_(std::move(database)) {}

  std::string name() const override { return owned_.name; }

  Result<std::int64_t> count(const Table& table) override {
    return attempt(owned_.name,
                   [&] { return one_number(database_, "SELECT count(*) FROM " + std::string(table.name)); });
  }
  Result<std::unique_ptr<RowReader>> read_by_key(const Table& table, const Row* after) override {
    return attempt(owned_.name, [&]() -> std::unique_ptr<RowReader> {
      return std::make_unique<SqliteRowReader>(database_, table, true, after);
    });
  }
  Result<std::unique_ptr<RowReader>> read_all(const Table& table) override {
    return attempt(owned_.name, [&]() -> std::unique_ptr<RowReader> {
      return std::make_unique<SqliteRowReader>(database_, table, false, nullptr);
    });
  }
  Result<std::int64_t> counter(const Counter& counter) override {
    return attempt(owned_.name, [&] { return one_number(database_, counter.sqlite_read); });
  }

 protected:
  Owned owned_;
  Database database_;
};

class SqliteSource final : public SqliteSide<Source> {
 public:
  using SqliteSide::SqliteSide;

  Result<void> check_owned() override {
    if (owned_.lock.holds()) return {};
    return Error(ErrorCode::conflict, owned_.name + ": another process has become its owner during the copy");
  }
};

class SqliteTarget final : public SqliteSide<Target> {
 public:
  using SqliteSide::SqliteSide;

  bool keeps_any_text() const override { return true; }

  Result<Journal> begin(const std::string& source) override {
    try {
      if (!has_unfinished_copy(database_)) {
        for (const Table& table : tables()) {
          if (database_.prepare("SELECT 1 FROM " + std::string(table.name) + " LIMIT 1").step())
            return not_empty(owned_.name, table.name);
        }
        make_journal(source);
      }
      Journal journal = read_journal();
      if (journal.source != source) return other_source(owned_.name, journal.source);
      return journal;
    } catch (const sqlite::DatabaseFault& fault) {
      return error_of(owned_.name, fault);
    }
  }

  Result<void> write(const Table& table, std::span<const Row> rows, const TableProgress& progress) override {
    auto written = in_transaction([&] {
      auto insert = database_.prepare(sqlite_insert(table));
      for (const Row& row : rows) sqlite_bind(insert, table, row);
      const std::string last = key_to_text(progress.last), sum = progress.sum.text();
      auto note = database_.prepare("INSERT OR REPLACE INTO copy_journal VALUES (?1, ?2, ?3, ?4, ?5)");
      note.bind(1, table.name).bind(2, progress.rows).bind(3, sum).bind(4, last);
      note.bind(5, std::int64_t{progress.finished}).run();
    });
    if (!written)
      return Error(written.error().code, std::string(table.name) + ": " + written.error().message);
    return written;
  }

  Result<void> set_counters(std::span<const std::int64_t> values) override {
    return in_transaction([&] {
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (counters()[i].sqlite_write.empty()) continue;
        database_.prepare(counters()[i].sqlite_write).bind(1, values[i]).run();
      }
    });
  }

  Result<void> begin_check() override {
    return attempt(owned_.name, [&] { database_.execute("BEGIN"); });
  }

  Result<void> finish() override {
    auto done = attempt(owned_.name, [&] { database_.execute("ROLLBACK; PRAGMA synchronous=FULL"); });
    if (!done) return done;
    done = in_transaction([&] {
      database_.execute("DROP TABLE copy_journal; DROP TABLE copy_header");
      database_.prepare("DELETE FROM schema_migrations WHERE version = ?1")
          .bind(1, std::int64_t{sqlite::not_ready_version})
          .run();
    });
    if (!done) return done;
    // Everything is committed: a file without a write-ahead log is easier to move.
    sqlite3_exec(database_.handle(), "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize", nullptr, nullptr,
                 nullptr);
    return {};
  }

  static bool has_unfinished_copy(Database& database) {
    if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'").step())
      return false;
    auto mark = database.prepare("SELECT 1 FROM schema_migrations WHERE version = ?1");
    return mark.bind(1, std::int64_t{sqlite::not_ready_version}).step();
  }

 private:
  template <class Work>
  Result<void> in_transaction(Work work) {
    try {
      if (!owned_.lock.holds())
        return Error(ErrorCode::conflict, owned_.name + ": another process has become its owner");
      database_.execute("BEGIN IMMEDIATE");
      work();
      database_.execute("COMMIT");
      return {};
    } catch (const sqlite::DatabaseFault& fault) {
      sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
      return error_of(owned_.name, fault);
    }
  }

  void make_journal(const std::string& source) {
    const std::string copy_id = random_hex(16);
    database_.execute("BEGIN IMMEDIATE");
    database_.execute(
        "CREATE TABLE copy_header (copy_id TEXT NOT NULL, source TEXT NOT NULL);"
        "CREATE TABLE copy_journal (name TEXT PRIMARY KEY, row_count INTEGER NOT NULL, checksum TEXT NOT "
        "NULL,"
        " last_key TEXT NOT NULL, finished INTEGER NOT NULL)");
    database_.prepare("INSERT INTO copy_header VALUES (?1, ?2)").bind(1, copy_id).bind(2, source).run();
    auto mark = database_.prepare("INSERT INTO schema_migrations VALUES (?1, ?2, '', unixepoch() * 1000)");
    mark.bind(1, std::int64_t{sqlite::not_ready_version}).bind(2, unfinished).run();
    database_.execute("COMMIT");
  }

  Journal read_journal() {
    Journal journal;
    auto header = database_.prepare("SELECT copy_id, source FROM copy_header");
    if (header.step()) {
      journal.copy_id = header.text(0);
      journal.source = header.text(1);
    }
    auto rows = database_.prepare("SELECT name, row_count, checksum, last_key, finished FROM copy_journal");
    while (rows.step()) {
      const auto sum = Checksum::parse(rows.text(2));
      const auto last = key_from_text(rows.text(3));
      if (!sum || !last) throw sqlite::DatabaseFault("the journal of the unfinished copy is damaged");
      journal.tables[std::string(rows.text(0))] =
          TableProgress{rows.integer(1), *sum, *last, rows.integer(4) != 0};
    }
    return journal;
  }
};

/// Whether the database has exactly the migrations of this program.
bool is_current(Database& database) {
  if (!database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'").step()) return false;
  std::size_t same = 0, all = 0;
  auto rows = database.prepare("SELECT version, sha256 FROM schema_migrations");
  while (rows.step()) {
    if (rows.integer(0) == sqlite::not_ready_version) continue;
    ++all;
    for (const sqlite::Migration& known : schema::sqlite_schema().migrations)
      same += known.version == rows.integer(0) && sha256_hex(known.sql) == rows.text(1) ? 1 : 0;
  }
  return same == all && all == schema::sqlite_schema().migrations.size();
}

Result<void> check_source(Database& database, const std::string& name) {
  if (auto checked = sqlite::check_schema(database, schema::sqlite_schema()); !checked)
    return Error(ErrorCode::database, name + ": " + checked.error().message);
  if (!is_current(database)) return older_version(name);
  return {};
}

}  // namespace

std::string sqlite_name(const std::string& path) { return "sqlite " + sqlite::real_path(path); }

Result<std::unique_ptr<Source>> open_sqlite_source(const std::string& given, Logger& log) {
  const std::string path = sqlite::real_path(given);
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable))
    return Error(ErrorCode::validation, "the source " + sqlite_name(path) + " does not exist");
  TRY(Owned owned, own(path, log));
  TRY(Database database, Database::open_to_read(path));
  try {
    if (auto checked = check_source(database, owned.name); !checked) return checked.error();
    database.execute("BEGIN");
    one_number(database, "SELECT count(*) FROM schema_migrations");  // the state is fixed by the first read
  } catch (const sqlite::DatabaseFault& fault) {
    return error_of(owned.name, fault);
  }
  return std::make_unique<SqliteSource>(std::move(owned), std::move(database));
}

Result<std::unique_ptr<Target>> open_sqlite_target(const std::string& given, Logger& log) {
  const std::string path = sqlite::real_path(given);
  TRY(Owned owned, own(path, log));
  TRY(Database database, Database::open(path));
  try {
    if (SqliteTarget::has_unfinished_copy(database)) {
      if (!is_current(database)) return begun_by_other_version(owned.name);
    } else if (auto migrated = schema::migrate(database); !migrated) {
      return Error(migrated.error().code, owned.name + ": " + migrated.error().message);
    }
  } catch (const sqlite::DatabaseFault& fault) {
    return error_of(owned.name, fault);
  }
  return std::make_unique<SqliteTarget>(std::move(owned), std::move(database));
}

}  // namespace papi::copy
