#include "platform/sqlite/migrations.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "platform/base/sha256.hpp"

namespace papi::sqlite {
namespace {

constexpr const char* create_table = R"sql(
    CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      applied_at INTEGER NOT NULL
    )
    )sql";
constexpr const char* create_component_table =
    "CREATE TABLE IF NOT EXISTS schema_versions(component TEXT PRIMARY KEY, version INTEGER NOT NULL)";

constexpr std::string_view remedy = ": use that version, or restore a backup from before the upgrade";
constexpr std::size_t shown_digits = 12;  // of a checksum, in messages

/// What the database says about itself.
struct State {
  bool has_table = false;
  std::map<std::int64_t, std::string> checksums;  // of the applied migrations
  std::optional<std::string> not_ready;           // why the database must not be used
  std::map<std::string, std::int64_t, std::less<>> components;
};

bool has_table(Database& database, std::string_view name) {
  auto query = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  return query.bind(1, name).step();
}

State read_state(Database& database, const Schema& schema) {
  State state;
  state.has_table = has_table(database, "schema_migrations");
  if (state.has_table) {
    auto rows = database.prepare("SELECT version, sha256, name FROM schema_migrations");
    while (rows.step()) {
      if (rows.integer(0) == not_ready_version) {
        state.not_ready = rows.text(2);
      } else {
        state.checksums[rows.integer(0)] = rows.text(1);
      }
    }
  }
  if (!schema.component_steps.empty() && has_table(database, "schema_versions")) {
    auto rows = database.prepare("SELECT component, version FROM schema_versions");
    while (rows.step()) state.components[std::string(rows.text(0))] = rows.integer(1);
  }
  return state;
}

const Migration* find(const Schema& schema, std::int64_t version) {
  const auto at = std::find_if(schema.migrations.begin(), schema.migrations.end(),
                               [&](const Migration& migration) { return migration.version == version; });
  return at == schema.migrations.end() ? nullptr : &*at;
}

Error newer(const std::string& detail) {
  return Error(ErrorCode::database, "the database was written by a newer version of this program (" + detail +
                                        ")" + std::string(remedy));
}

std::optional<Error> newer_component(const State& state, const Schema& schema) {
  for (const auto& [component, version] : state.components) {
    std::int64_t known = 0;
    for (const ComponentStep& step : schema.component_steps)
      if (step.component == component) known = std::max<std::int64_t>(known, step.version);
    if (version <= known) continue;
    return newer(component + " " + std::to_string(version) + ", this one knows " + std::to_string(known));
  }
  return std::nullopt;
}

std::optional<Error> fault_of(const State& state, const Schema& schema) {
  if (state.not_ready) return Error(ErrorCode::database, "the database is not ready: " + *state.not_ready);
  const std::int64_t last = schema.migrations.empty() ? 0 : schema.migrations.back().version;
  for (const auto& [version, checksum] : state.checksums) {
    const Migration* known = find(schema, version);
    if (!known) {
      return newer("migration " + std::to_string(version) + ", this one knows those up to " +
                   std::to_string(last));
    }
    const std::string ours = sha256_hex(known->sql);
    if (checksum == ours) continue;
    return Error(ErrorCode::database,
                 "the database has had migration " + std::to_string(version) + " '" +
                     std::string(known->name) +
                     "' applied with another text than this program has (SHA-256 " +
                     checksum.substr(0, shown_digits) + "…, here " + ours.substr(0, shown_digits) +
                     "…): use the program that migrated it, or restore a backup from before");
  }
  // Later, schema_versions may have been raised by component_guard.
  return state.has_table ? std::nullopt : newer_component(state, schema);
}

void record(Database& database, const Migration& migration, bool now) {
  const std::string checksum = sha256_hex(migration.sql);
  database
      .prepare(
          "INSERT INTO schema_migrations(version, name, sha256, applied_at) "
          "VALUES (?1, ?2, ?3, CASE ?4 WHEN 1 THEN unixepoch() * 1000 ELSE 0 END)")
      .bind(1, std::int64_t{migration.version})
      .bind(2, migration.name)
      .bind(3, checksum)
      .bind(4, std::int64_t{now})
      .run();
}

/// Records what a program that knows schema_versions only has applied.
void take_over(Database& database, State& state, const Schema& schema) {
  for (const ComponentStep& step : schema.component_steps) {
    const auto component = state.components.find(step.component);
    if (component == state.components.end() || component->second < step.version) continue;
    const Migration* migration = find(schema, step.migration);
    if (!migration || !state.checksums.try_emplace(step.migration).second) continue;
    record(database, *migration, false);
  }
}

const Migration* first_missing(const State& state, const Schema& schema) {
  const auto at = std::find_if(schema.migrations.begin(), schema.migrations.end(),
                               [&](const auto& known) { return !state.checksums.contains(known.version); });
  return at == schema.migrations.end() ? nullptr : &*at;
}

void note_component_step(Database& database, const Migration& migration, const Schema& schema) {
  if (schema.component_steps.empty()) return;
  const auto step =
      std::find_if(schema.component_steps.begin(), schema.component_steps.end(),
                   [&](const ComponentStep& known) { return known.migration == migration.version; });
  if (step == schema.component_steps.end()) {
    database.prepare("UPDATE schema_versions SET version = version + ?1 WHERE version < ?1")
        .bind(1, std::int64_t{component_guard})
        .run();
    return;
  }
  database
      .prepare(
          "INSERT INTO schema_versions(component, version) VALUES (?1, ?2) "
          "ON CONFLICT DO UPDATE SET version = max(version, excluded.version)")
      .bind(1, step->component)
      .bind(2, std::int64_t{step->version})
      .run();
}

void apply(Database& database, const Migration& migration, const Schema& schema) {
  database.execute(migration.sql);
  if (migration.function) migration.function(database);
  record(database, migration, true);
  note_component_step(database, migration, schema);
}

Error failed(const DatabaseFault& fault, const Migration* migration) {
  if (!migration || fault.busy()) return fault.as_error();
  return Error(ErrorCode::database, "the database could not be migrated: migration " +
                                        std::to_string(migration->version) + " '" +
                                        std::string(migration->name) + "' failed: " + fault.what());
}

}  // namespace

Result<void> migrate(Database& database, const Schema& schema) {
  const Migration* next = nullptr;
  try {
    for (;;) {
      State state = read_state(database, schema);
      if (auto fault = fault_of(state, schema)) return *std::move(fault);
      if (state.has_table && !first_missing(state, schema)) return {};
      // Read the state again under the lock: another process may migrate the database at this moment.
      database.execute("BEGIN IMMEDIATE");
      state = read_state(database, schema);
      const bool is_known = !fault_of(state, schema);
      if (is_known) {
        database.execute(create_table);
        if (!schema.component_steps.empty()) database.execute(create_component_table);
        take_over(database, state, schema);
        next = first_missing(state, schema);
        if (next) apply(database, *next, schema);
        next = nullptr;
      }
      database.execute("COMMIT");
    }
  } catch (const DatabaseFault& fault) {
    sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    return failed(fault, next);
  }
}

Result<void> check_schema(Database& database, const Schema& schema) {
  if (auto fault = fault_of(read_state(database, schema), schema)) return *std::move(fault);
  return {};
}

}  // namespace papi::sqlite
