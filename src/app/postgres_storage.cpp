#include "app/postgres_storage.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "app/postgres_client.hpp"
#include "events/postgres_ended_logs.hpp"
#include "events/postgres_identity.hpp"
#include "events/postgres_installation_store.hpp"
#include "ops/postgres_write_probe.hpp"
#include "platform/postgres/writer_marks.hpp"

namespace papi::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long an answer is waited for from a server that hangs. Statements in transactions end after 10 s.
constexpr milliseconds longest_read{15'000};
constexpr milliseconds longest_write{30'000};  // a group

postgres::PoolOptions measured(postgres::PoolOptions options, metrics::OperationTimes& times,
                               metrics::Histogram& waits) {
  options.times = &times;
  options.waits = &waits;
  return options;
}

}  // namespace

postgres::PoolOptions pool_options(const Settings& settings) {
  postgres::PoolOptions options;
  options.size = static_cast<std::size_t>(settings.db_pool_size);
  options.overflow = static_cast<std::size_t>(settings.db_pool_max_overflow);
  options.timeout = settings.db_pool_timeout;
  options.recycle = settings.db_pool_recycle;
  options.connection = connection_options();
  options.connection.answer_timeout = longest_read;
  return options;
}

PostgresStorage::Stores::Stores(postgres::Writer& writer, postgres::Pool& pool,
                                const postgres::Schema& schema, postgres::Statement fence, bool keep_events)
    : events(writer, pool, schema, keep_events),
      shares(writer, schema),
      engagement(pool, schema),
      gifts(writer, schema),
      profiles(writer, pool, schema),
      people(writer, pool, schema),
      accounts(pool, schema, std::move(fence)),
      audit(writer, pool, schema),
      hours(writer, pool, schema),
      dead_rows(writer, pool, schema) {}

PostgresStorage::PostgresStorage(const Settings& settings, postgres::Schema schema, Logger& log)
    : target_(*settings.postgres),
      schema_(std::move(schema)),
      log_(log),
      connection_limit_(static_cast<std::size_t>(settings.db_pool_size + settings.db_pool_max_overflow)),
      threads_(2),
      pool_(threads_.executor(1), target_, measured(pool_options(settings), times_, waits_), log,
            Random::from_system()) {
  threads_.start();
}

PostgresStorage::~PostgresStorage() { stop(steady_clock::now()); }

Result<std::unique_ptr<Storage>> PostgresStorage::open(const Settings& settings,
                                                       const StartContext& context) {
  TRY(postgres::Schema schema, postgres::Schema::parse(settings.db_schema, "DB_SCHEMA"));
  std::unique_ptr<PostgresStorage> storage(new PostgresStorage(settings, std::move(schema), context.log));
  if (auto begun = storage->begin(settings, context); !begun) {
    storage->stop(steady_clock::now() + std::chrono::seconds(1));
    return begun.error();
  }
  return std::unique_ptr<Storage>(std::move(storage));
}

Task<Result<void>> PostgresStorage::prepare_events() {
  CO_CHECK(co_await events::settle_identity(pool_, schema_, lease_->fence(), log_));
  CO_CHECK(co_await events::prepare_ended_logs(pool_, schema_));
  auto forgotten = co_await pool_.ask(postgres::forget_old_marks(schema_));
  if (!forgotten) co_return forgotten.error().for_operator();
  co_return Result<void>();
}

Result<void> PostgresStorage::begin(const Settings& settings, const StartContext& context) {
  {
    PostgresClient client(target_, schema_, context.here, log_);
    if (auto there = client.wait_for_server(context.pause); !there) return there;
    if (auto migrated = client.migrate(); !migrated) return migrated;
  }
  postgres::HeldLease::Options wanted{"start", application};
  wanted.pause = context.pause;
  TRY(lease_, postgres::HeldLease::take(target_, schema_, wanted, log_));
  const RunHere::Make<Result<void>> prepare = [this](Executor) { return prepare_events(); };
  if (auto prepared = context.here.blocking<Result<void>>(prepare); !prepared) return prepared;

  postgres::WriterOptions options;
  options.connection = connection_options();
  options.connection.answer_timeout = longest_write;
  const postgres::Statement fence = events::history_fence(schema_, lease_->epoch());
  options.fence = fence;
  options.marks = postgres::marks_in(schema_);
  options.times = &times_;
  writer_.emplace(threads_.executor(0), target_, std::move(options), log_, Random::from_system());
  stores_.emplace(*writer_, pool_, schema_, fence, settings.events_durability != "off");
  events::PostgresInstallationStore installation(context.here, *writer_, schema_);
  TRY(events::PictureKeys picture_keys, events::PictureKeys::load(installation));
  picture_keys_.emplace(std::move(picture_keys));
  return prepare_admins(settings, stores_->accounts, context);
}

Storage::Waiting PostgresStorage::waiting() { return {writer_->state().waiting, pool_.state().waiting}; }

std::optional<Storage::Connections> PostgresStorage::connections() const {
  const postgres::DatabaseState state = pool_.state();
  Connections connections;
  connections.in_use = state.in_use;
  connections.idle = state.idle;
  connections.limit = connection_limit_;
  connections.waits = waits_.counts();
  return connections;
}

ops::WriteProbe PostgresStorage::write_probe() { return ops::postgres_write_probe(*writer_, schema_, log_); }
ops::WriteFaultReasons PostgresStorage::write_faults() { return ops::postgres_write_faults(*writer_); }

std::optional<std::string> PostgresStorage::loss() const {
  if (!lease_->lost()) return std::nullopt;
  return "another process has taken the database: nothing is stored";
}

Task<Result<void>> PostgresStorage::remove_erased_bytes(Executor executor) {
  const auto removed = co_await stores_->dead_rows.remove(executor);
  if (removed) co_return Result<void>();
  // The reason names tables, roles and processes.
  log_.error("Erased text stays in the files of the database", {{"reason", removed.error().message}});
  co_return Error(
      removed.error().code,
      "Erased text stays in the files of the database for now; the log says why. Send the request "
      "again");
}

void PostgresStorage::stop_long_work() {
  stores_->events.stop_long_work();
  stores_->dead_rows.stop();
}

void PostgresStorage::stop(steady_clock::time_point deadline) {
  if (std::exchange(stopped_, true)) return;
  const auto on = [this](std::size_t thread, Task<void> task) {
    net::co_spawn(threads_.executor(thread), std::move(task), net::use_future).wait();
  };
  if (writer_) on(0, writer_->stop(deadline));
  on(1, pool_.stop(deadline));
  if (lease_) lease_->give_back(deadline);
  threads_.stop();
}

}  // namespace papi::app
