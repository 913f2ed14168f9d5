#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/settings.hpp"
#include "platform/base/pause.hpp"
#include "platform/base/run_here.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/postgres/lease.hpp"
#include "platform/postgres/pool.hpp"

namespace papi::app {

/// The name of the program in pg_stat_activity.
inline constexpr const char* application = "profile-api";

/// What the options of all connections begin with.
postgres::ConnectionOptions connection_options();

/// What the start of the program and its commands tell an operator: the place, and what is wrong there.
Error start_error(const postgres::Target& target, const postgres::DatabaseFault& fault);

/// Connections for a command, which has no event loop. The service may be running on the same schema. All
/// methods block. `here` must outlive it.
class PostgresClient {
 public:
  PostgresClient(const postgres::Target& target, postgres::Schema schema, RunHere& here, Logger& log);
  ~PostgresClient();
  PostgresClient(const PostgresClient&) = delete;
  PostgresClient& operator=(const PostgresClient&) = delete;

  template <class T>
  using Work = std::function<Task<Result<T>>(postgres::Connection&)>;
  /// Runs `work` with a connection. The Error of a server that cannot be reached says why.
  template <class T>
  Result<T> run(Work<T> work) {
    // As a value of its own: a DatabaseFault converts to a Result too.
    using Outcome = std::shared_ptr<Result<T>>;
    const std::function<Task<postgres::Reply<Outcome>>(postgres::Connection&)> reply =
        [work = std::move(work)](postgres::Connection& connection) -> Task<postgres::Reply<Outcome>> {
      co_return std::make_shared<Result<T>>(co_await work(connection));
    };
    const RunHere::Make<postgres::Reply<Outcome>> make = [this, reply](Executor) {
      return pool_.run<Outcome>(reply);
    };
    auto done = here_.blocking<postgres::Reply<Outcome>>(make);
    if (!done) return start_error(target_, done.error());
    return std::move(**done);
  }

  /// Waits until the server takes connections; it may start later than this program. Fails at once if only an
  /// operator can help, with UNAVAILABLE after a minute, and also if `pause` returned false.
  Result<void> wait_for_server(const Pause& pause);
  /// Makes the schema and its tables, or brings them to those of this program.
  Result<void> migrate();
  /// Compares the tables with those of this program, and changes nothing. Returns whether there are any.
  Result<bool> has_tables();
  /// Returns the process that serves the schema now, or nullopt. The schema must have its tables.
  Result<std::optional<std::string>> owner();

  postgres::Pool& pool() { return pool_; }
  const postgres::Schema& schema() const { return schema_; }

 private:
  const postgres::Target target_;
  const postgres::Schema schema_;
  RunHere& here_;
  Logger& log_;
  IoThreads threads_;
  postgres::Pool pool_;
};

}  // namespace papi::app
