#include "platform/postgres/lease.hpp"

namespace papi::postgres {

using std::chrono::steady_clock;

Task<Reply<std::optional<std::string>>> current_owner(Pool& pool, const Schema& schema) {
  Segment look;
  look.emplace_back("current_owner",
                    schema.qualify("SELECT owner FROM {schema}.leases WHERE scope = $1 AND expires_at > "
                                   "clock_timestamp()"),
                    whole_database);
  CO_TRY(const std::vector<Rows> rows, co_await pool.ask(std::move(look)));
  if (rows[0].empty()) co_return std::optional<std::string>();
  co_return rows[0][0].get<std::string>(0);
}

Lease::Lease(Pool& pool, Schema schema, LeaseOptions options, std::string owner, Logger& log)
    : pool_(pool),
      schema_(std::move(schema)),
      options_(std::move(options)),
      owner_(std::move(owner)),
      log_(log),
      wake_(pool.executor()) {}

Task<Reply<std::int64_t>> Lease::try_to_take() {
  const Statement take("take_lease", schema_.qualify("SELECT {schema}.take_lease_v1($1, $2, $3)"),
                       options_.scope, owner_, std::int64_t{options_.duration.count()});
  const std::function<Task<Reply<std::int64_t>>(Connection&)> work =
      [&take](Connection& connection) -> Task<Reply<std::int64_t>> {
    CO_TRY(const Rows rows, co_await connection.query(take));
    co_return rows[0].get<std::int64_t>(0);
  };
  co_return co_await pool_.run<std::int64_t>(work);
}

Task<Reply<std::string>> Lease::owner_now() {
  const Statement look("find_owner", schema_.qualify("SELECT owner FROM {schema}.leases WHERE scope = $1"),
                       options_.scope);
  const std::function<Task<Reply<std::string>>(Connection&)> work =
      [&look](Connection& connection) -> Task<Reply<std::string>> {
    CO_TRY(const Rows rows, co_await connection.query(look));
    co_return rows.empty() ? std::string() : rows[0].get<std::string>(0);
  };
  co_return co_await pool_.run<std::string>(work);
}

Task<Result<void>> Lease::take(steady_clock::time_point deadline, OnWait on_wait) {
  bool reported = false;
  for (;;) {
    const auto taken = co_await try_to_take();
    if (taken && *taken > 0) {
      epoch_ = *taken;
      co_return Result<void>();
    }
    const bool hopeless = !taken && (taken.error().kind == FaultKind::configuration ||
                                     taken.error().kind == FaultKind::refused);
    if (hopeless) co_return taken.error().for_operator();
    const auto owner = co_await owner_now();
    const std::string named = owner ? *owner : "another process";
    const auto now = steady_clock::now();
    if (now >= deadline) {
      if (!taken) co_return taken.error().for_operator();
      co_return Error(ErrorCode::conflict, "the database is in use by " + named +
                                               ": end it first, or give this process a database or a "
                                               "DB_SCHEMA of its own");
    }
    if (taken && !std::exchange(reported, true)) {
      log_.warning("The database is in use: waiting", {{"owner", named}});
      if (on_wait) on_wait(named, std::chrono::duration_cast<milliseconds>(deadline - now));
    }
    co_await wake_.wait_for(options_.retry);
    if (stopping_) co_return Error(ErrorCode::unavailable, "stopped while the database was in use");
  }
}

Task<Reply<bool>> Lease::renew() {
  const Statement renewal("renew_lease",
                          schema_.qualify("UPDATE {schema}.leases SET expires_at = clock_timestamp() + $4 * "
                                          "interval '1 millisecond' "
                                          "WHERE scope = $1 AND owner = $2 AND epoch = $3"),
                          options_.scope, owner_, epoch_, std::int64_t{options_.duration.count()});
  const std::function<Task<Reply<bool>>(Connection&)> work =
      [&renewal](Connection& connection) -> Task<Reply<bool>> {
    CO_TRY(const Rows rows, co_await connection.query(renewal));
    co_return rows.affected() == 1;
  };
  co_return co_await pool_.run<bool>(work);
}

Task<void> Lease::keep(std::function<void()> on_lost) {
  while (!stopping_) {
    const auto ours = co_await renew();
    if (stopping_) break;
    if (ours && !*ours) {
      log_.error("Another process has taken the database from this one", {{"epoch", epoch_}});
      on_lost();
      break;
    }
    if (!ours) log_.warning("The lease of the database was not renewed", {{"reason", ours.error().what}});
    co_await wake_.wait_for(options_.renewal);
  }
}

void Lease::stop() {
  stopping_ = true;
  wake_.notify();
}

Task<void> Lease::release() {
  const Statement give_back("release_lease",
                            schema_.qualify("UPDATE {schema}.leases SET expires_at = '-infinity' "
                                            "WHERE scope = $1 AND owner = $2 AND epoch = $3"),
                            options_.scope, owner_, epoch_);
  const std::function<Task<Reply<bool>>(Connection&)> work =
      [&give_back](Connection& connection) -> Task<Reply<bool>> {
    CO_TRY(const Rows rows, co_await connection.query(give_back));
    co_return rows.affected() == 1;
  };
  const auto released = co_await pool_.run<bool>(work);
  if (!released)
    log_.warning("The lease of the database expires by itself", {{"reason", released.error().what}});
}

Statement Lease::fence() const {
  return Statement("fence", schema_.qualify("SELECT {schema}.check_lease_v1($1, $2)"), options_.scope,
                   epoch_);
}

}  // namespace papi::postgres
