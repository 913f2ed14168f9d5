#include "app/postgres_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "platform/postgres/migrations.hpp"
#include "schema/postgres_schema.hpp"

namespace papi::app {

using postgres::Connection;
using postgres::Reply;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds longest_wait{60};
constexpr std::chrono::milliseconds between_looks{100};

postgres::PoolOptions client_options() {
  postgres::PoolOptions options;
  options.size = 1;
  options.overflow = 1;
  options.connection = connection_options();
  return options;
}

Task<Reply<bool>> ask_server(Connection& connection) {
  const postgres::Statement hello("hello", "SELECT true");
  if (auto answered = co_await connection.query(hello); !answered) co_return answered.error();
  co_return true;
}

}  // namespace

postgres::ConnectionOptions connection_options() {
  postgres::ConnectionOptions options;
  options.application_name = application;
  return options;
}

Error start_error(const postgres::Target& target, const postgres::DatabaseFault& fault) {
  Error error = fault.for_operator();
  error.message = "the database " + target.shown() + ": " + error.message;
  return error.code == ErrorCode::validation ? invalid("DATABASE_URL", error.message) : error;
}

PostgresClient::PostgresClient(const postgres::Target& target, postgres::Schema schema, RunHere& here,
                               Logger& log)
    : target_(target),
      schema_(std::move(schema)),
      here_(here),
      log_(log),
      threads_(1),
      pool_(threads_.executor(0), target_, client_options(), log, Random::from_system()) {
  threads_.start();
}

PostgresClient::~PostgresClient() {
  const auto deadline = steady_clock::now() + std::chrono::seconds(1);
  net::co_spawn(threads_.executor(0), pool_.stop(deadline), net::use_future).wait();
  threads_.stop();
}

Result<void> PostgresClient::wait_for_server(const Pause& pause) {
  const std::function<Task<Reply<bool>>(Connection&)> work = ask_server;
  const RunHere::Make<Reply<bool>> ask = [&](Executor) { return pool_.run<bool>(work); };
  const auto until = steady_clock::now() + longest_wait;
  for (bool logged = false;; logged = true) {
    const auto answered = here_.blocking<Reply<bool>>(ask);
    if (answered) return {};
    const bool passes = postgres::retry_of(answered.error().kind) == postgres::Retry::reconnect;
    if (!passes || steady_clock::now() >= until) return start_error(target_, answered.error());
    if (!logged) {
      log_.warning("The database server is not there: waiting",
                   {{"server", target_.shown()}, {"reason", answered.error().what}});
    }
    if (!pause(between_looks))
      return Error(ErrorCode::unavailable, "stopped while the database server was away");
  }
}

Result<void> PostgresClient::migrate() {
  const Work<int> work = [this](Connection& connection) {
    return postgres::migrate(connection, schema_, schema::embedded_postgres_migrations());
  };
  if (auto migrated = run<int>(work); !migrated) return migrated.error();
  return {};
}

Result<bool> PostgresClient::has_tables() {
  const Work<int> work = [this](Connection& connection) {
    return postgres::check_schema(connection, schema_, schema::embedded_postgres_migrations());
  };
  TRY(const int steps, run<int>(work));
  return steps > 0;
}

Result<std::optional<std::string>> PostgresClient::owner() {
  using Owner = std::optional<std::string>;
  const RunHere::Make<Reply<Owner>> make = [this](Executor) {
    return postgres::current_owner(pool_, schema_);
  };
  auto owner = here_.blocking<Reply<Owner>>(make);
  if (!owner) return start_error(target_, owner.error());
  return std::move(*owner);
}

}  // namespace papi::app
