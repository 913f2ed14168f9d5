#include "events/postgres_installation_store.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "platform/base/random.hpp"

namespace papi::events {

using postgres::Statement;
using postgres::WriteJob;
using postgres::Written;

Result<Secret> PostgresInstallationStore::secret(std::string_view name, std::size_t bytes) {
  const RunHere::Make<Result<Secret>> make = [&](Executor executor) {
    return find_or_make(executor, std::string(name), bytes);
  };
  return here_.blocking<Result<Secret>>(make);
}

Task<Result<Secret>> PostgresInstallationStore::find_or_make(Executor executor, std::string name,
                                                             std::size_t bytes) {
  using namespace net::experimental::awaitable_operators;
  // Whoever inserts first decides. The second statement sees the row also if another process made it.
  std::vector<Statement> statements;
  statements.emplace_back("make_secret",
                          schema_.qualify("INSERT INTO {schema}.installation (name, value) VALUES ($1, $2) "
                                          "ON CONFLICT (name) DO NOTHING"),
                          name, postgres::Bytes(random_bytes(bytes)));
  statements.emplace_back("find_secret",
                          schema_.qualify("SELECT value FROM {schema}.installation WHERE name = $1"), name);
  WriteJob job(std::move(statements));
  job.repeatable = true;
  SteadyTimer timer(executor);
  timer.expires_after(timeout_);
  auto first = co_await (writer_.write(std::move(job)) || timer.async_wait(as_result));
  if (first.index() == 1) {
    co_return Error(ErrorCode::unavailable, "the database did not answer within " +
                                                std::to_string(timeout_.count()) +
                                                " ms: see the log for the reason, then start again");
  }
  CO_TRY(const Written written, std::get<0>(std::move(first)));
  const postgres::Rows& rows = written[1];
  std::string value = rows.empty() ? std::string() : rows[0].get<postgres::Bytes>(0).data;
  if (value.size() != bytes) {
    co_return Error(
        ErrorCode::database,
        "the secret '" + name + "' of this installation is damaged: restore the database from a backup");
  }
  co_return Secret(std::move(value));
}

}  // namespace papi::events
