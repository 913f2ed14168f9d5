#include "app/start_check.hpp"

#include <filesystem>

#include "app/application.hpp"
#include "app/postgres_client.hpp"
#include "app/storage.hpp"
#include "app/tester_command.hpp"
#include "auth/bootstrap.hpp"
#include "auth/postgres_account_store.hpp"
#include "auth/sqlite_account_store.hpp"
#include "platform/http/server.hpp"
#include "platform/sqlite/file_check.hpp"
#include "platform/sqlite/owner_lock.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::app {
namespace {

Result<bool> has_open_demo_admin(auth::AccountStore& accounts, RunHere& here) {
  const RunHere::Make<Result<bool>> look = [&](Executor executor) {
    return auth::demo_admin_can_log_in(executor, accounts);
  };
  return here.blocking<Result<bool>>(look);
}

std::string in_use(const std::string& place, const std::string& owner) {
  return "the database " + place + " is in use by " + owner +
         ". A database is served by one process: stop that one first, or give this one another";
}

/// Compares the tables of the file with those of this program. Returns nullopt if they fit.
std::optional<std::string> table_fault(const std::string& path, bool production, RunHere& here) {
  const std::string unreadable = "the database '" + path + "' cannot be read: ";
  auto database = sqlite::Database::open_unchanged(path);
  if (!database) return unreadable + database.error().message;
  try {
    if (const auto checked = sqlite::check_schema(*database, schema::sqlite_schema()); !checked)
      return "'" + path + "': " + checked.error().message;
  } catch (const sqlite::DatabaseFault& fault) {
    return unreadable + fault.what();
  }
  if (!production) return std::nullopt;
  auth::SqliteConnectionAccountStore accounts(*database);
  const auto open = has_open_demo_admin(accounts, here);
  // An Error: an earlier version wrote the file, which has no users yet.
  return open && *open ? std::optional(std::string(demo_admin_fault)) : std::nullopt;
}

std::optional<std::string> sqlite_fault(const std::string& path, bool production, RunHere& here) {
  if (auto checked = sqlite::check_database_file(path); !checked) return checked.error().message;
  if (const auto owner = sqlite::OwnerLock::owner_of(path)) return in_use("'" + path + "'", *owner);
  std::error_code ec;
  const auto size = std::filesystem::file_size(path, ec);
  return ec || size == 0 ? std::nullopt : table_fault(path, production, here);
}

/// Returns nullopt if the service can start on this schema.
Result<std::optional<std::string>> postgres_fault(const Settings& settings, RunHere& here, Logger& log) {
  TRY(const postgres::Schema schema, postgres::Schema::parse(settings.db_schema, "DB_SCHEMA"));
  PostgresClient client(*settings.postgres, schema, here, log);
  TRY(const bool has_tables, client.has_tables());
  if (!has_tables) return std::nullopt;
  TRY(const std::optional<std::string> owner, client.owner());
  if (owner) return in_use(settings.postgres->shown(), *owner);
  if (!settings.production()) return std::nullopt;
  auth::PostgresAccountStore accounts(client.pool(), schema);
  TRY(const bool open, has_open_demo_admin(accounts, here));
  return open ? std::optional(std::string(demo_admin_fault)) : std::nullopt;
}

std::optional<std::string> database_fault(const Settings& settings) {
  RunHere here;
  if (!settings.postgres)
    return sqlite_fault(sqlite::real_path(settings.sqlite_path()), settings.production(), here);
  const SystemClock clock;
  LogOptions quiet;
  quiet.level = LogLevel::critical;  // what fails is printed
  Logger log(quiet, clock);
  auto fault = postgres_fault(settings, here, log);
  if (fault) return *fault;
  constexpr std::string_view name = "DATABASE_URL: ";
  const std::string& text = fault.error().message;
  return text.starts_with(name) ? text.substr(name.size()) : text;
}

}  // namespace

std::vector<std::string> start_faults(const Settings& settings) {
  std::vector<std::string> faults;
  const auto port = static_cast<std::uint16_t>(settings.port);
  if (const auto bound = http::try_to_bind(settings.host, port); !bound) {
    const bool taken = bound.error().code == ErrorCode::conflict;
    faults.push_back((taken ? "PORT: " : "HOST, PORT: ") + bound.error().message +
                     (taken ? port_remedy : ""));
  }
  if (settings.tester.enabled) {
    const auto page_port = static_cast<std::uint16_t>(settings.tester.port);
    if (const auto bound = http::try_to_bind(settings.tester.listen, page_port); !bound) {
      const bool taken = bound.error().code == ErrorCode::conflict;
      faults.push_back((taken ? "TESTER_PORT: " : "TESTER_LISTEN, TESTER_PORT: ") + bound.error().message +
                       (taken ? tester_port_remedy : ""));
    }
  }
  if (auto fault = database_fault(settings)) faults.push_back("DATABASE_URL: " + *fault);
  return faults;
}

}  // namespace papi::app
