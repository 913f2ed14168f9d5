#include "app/storage.hpp"

#include "app/postgres_storage.hpp"
#include "app/sqlite_storage.hpp"
#include "auth/bootstrap.hpp"

namespace papi::app {

namespace {

Task<Result<void>> prepare_admins_on(Executor executor, const Settings& settings,
                                     auth::AccountStore& accounts, const StartContext& context) {
  if (settings.production()) {
    CO_TRY(const bool open, co_await auth::demo_admin_can_log_in(executor, accounts));
    if (open) co_return invalid("DATABASE_URL", demo_admin_fault);
  }
  const auth::FirstAdmin wanted{settings.auth.admin_username, settings.auth.admin_password,
                                !settings.production()};
  co_return co_await auth::bootstrap_admin(executor, accounts, wanted, context.log, context.clock.now_ms());
}

}  // namespace

Result<std::unique_ptr<Storage>> open_storage(const Settings& settings, const StartContext& context) {
  return settings.postgres ? PostgresStorage::open(settings, context)
                           : SqliteStorage::open(settings, context);
}

Result<void> prepare_admins(const Settings& settings, auth::AccountStore& accounts,
                            const StartContext& context) {
  const RunHere::Make<Result<void>> prepare = [&](Executor executor) {
    return prepare_admins_on(executor, settings, accounts, context);
  };
  return context.here.blocking<Result<void>>(prepare);
}

}  // namespace papi::app
