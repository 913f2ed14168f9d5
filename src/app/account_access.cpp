#include "app/account_access.hpp"

#include "app/postgres_client.hpp"
#include "auth/postgres_account_store.hpp"
#include "auth/sqlite_account_store.hpp"
#include "platform/sqlite/file_check.hpp"
#include "platform/sqlite/owner_lock.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::app {
namespace {

class SqliteAccess final : public AccountAccess {
 public:
  SqliteAccess(std::string path, sqlite::Database database)
      : path_(std::move(path)), database_(std::move(database)), accounts_(database_) {}
  auth::AccountStore& accounts() override { return accounts_; }
  bool is_served() override { return sqlite::OwnerLock::owner_of(path_).has_value(); }

 private:
  const std::string path_;
  sqlite::Database database_;
  auth::SqliteConnectionAccountStore accounts_;
};

class PostgresAccess final : public AccountAccess {
 public:
  PostgresAccess(const postgres::Target& target, const postgres::Schema& schema, RunHere& here, Logger& log)
      : client_(target, schema, here, log), accounts_(client_.pool(), schema) {}
  auth::AccountStore& accounts() override { return accounts_; }
  bool is_served() override {
    const auto owner = client_.owner();
    return owner && owner->has_value();
  }
  Result<void> migrate() { return client_.migrate(); }

 private:
  PostgresClient client_;
  auth::PostgresAccountStore accounts_;
};

}  // namespace

Result<std::unique_ptr<AccountAccess>> open_accounts(const Settings& settings, RunHere& here, Logger& log) {
  if (settings.postgres) {
    TRY(const postgres::Schema schema, postgres::Schema::parse(settings.db_schema, "DB_SCHEMA"));
    auto access = std::make_unique<PostgresAccess>(*settings.postgres, schema, here, log);
    if (auto migrated = access->migrate(); !migrated) return migrated.error();
    return std::unique_ptr<AccountAccess>(std::move(access));
  }
  const std::string path = settings.sqlite_path();
  if (auto checked = sqlite::check_database_file(sqlite::real_path(path)); !checked) return checked.error();
  TRY(sqlite::Database database, sqlite::Database::open(path));
  if (auto migrated = schema::migrate(database); !migrated) return migrated.error();
  return std::unique_ptr<AccountAccess>(std::make_unique<SqliteAccess>(path, std::move(database)));
}

}  // namespace papi::app
