#include "platform/postgres/pool.hpp"

#include <algorithm>
#include <cassert>

namespace papi::postgres {
namespace {

using std::chrono::steady_clock;

template <class Queue>
typename Queue::Bounds bounds_of(const PoolOptions& options) {
  typename Queue::Bounds bounds;
  bounds.workers = options.size + options.overflow;
  bounds.waiting = options.max_waiting;
  bounds.waiting_of_one = options.max_waiting_of_one;
  return bounds;
}

}  // namespace

class Pool::Waiting {
 public:
  Waiting(Pool& pool, std::string caller)
      : pool_(pool), caller_(std::move(caller)), waiter_(std::make_shared<Waiter>(pool.executor_)) {}
  ~Waiting() {
    if (waiter_->connection) {
      pool_.give_back(std::move(waiter_->connection), caller_);
    } else if (!waiter_->granted) {
      pool_.remove(caller_, waiter_);
    }
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  const std::shared_ptr<Waiter>& waiter() const { return waiter_; }
  const std::string& caller() const { return caller_; }

 private:
  Pool& pool_;
  const std::string caller_;
  const std::shared_ptr<Waiter> waiter_;
};

Pool::PooledConnection::~PooledConnection() {
  if (connection_) pool_->give_back(std::move(connection_), caller_);
}

Pool::Pool(Executor executor, Target target, PoolOptions options, Logger& log, Random random)
    : executor_(executor),
      target_(std::move(target)),
      options_(std::move(options)),
      log_(log),
      random_(random),
      queue_(bounds_of<FairQueue<std::shared_ptr<Waiter>>>(options_)),
      demand_(executor),
      pause_(executor),
      given_back_(executor),
      tasks_(executor, [&log](std::exception_ptr) { log.error("Database pool failed"); }) {
  tasks_.spawn(open_on_demand());
}

Pool::~Pool() { assert(in_use_.empty()); }

bool Pool::wanted() const { return !waiting_.empty() && idle_.empty() && in_use_.size() < capacity(); }

bool Pool::fresh(const Connection& connection) const {
  return options_.recycle.count() == 0 || steady_clock::now() - connection.opened_at() < options_.recycle;
}

Task<Reply<Pool::PooledConnection>> Pool::take(std::string caller) {
  if (stopping_) co_return DatabaseFault(FaultKind::away, "the service is stopping");
  Waiting waiting(*this, std::move(caller));
  const std::shared_ptr<Waiter>& waiter = waiting.waiter();
  if (!queue_.push(waiting.caller(), waiter)) {
    waiter->granted = true;  // it is in no queue
    co_return DatabaseFault(FaultKind::busy, "too many wait for a database connection");
  }
  waiting_.push_back(waiter);
  grant();
  demand_.notify();
  publish();
  const auto began = steady_clock::now();
  while (!waiter->connection) {
    if (stopping_) co_return DatabaseFault(FaultKind::away, "the service is stopping");
    // As long as connections are in use, one of them may come free.
    const bool away = away_ && in_use_.empty();
    const auto limit = began + (away ? std::min(options_.timeout, options_.away_timeout) : options_.timeout);
    const auto now = steady_clock::now();
    if (now >= limit) {
      note_wait(began);
      if (away_) co_return *away_;
      co_return DatabaseFault(
          FaultKind::busy, "no database connection came free in time; raise DB_POOL_SIZE or DB_POOL_TIMEOUT");
    }
    co_await waiter->changed.wait_for(limit - now);
  }
  note_wait(began);
  co_return PooledConnection(*this, std::move(waiter->connection), waiting.caller());
}

void Pool::note_wait(steady_clock::time_point began) const {
  if (options_.waits) options_.waits->record(steady_clock::now() - began);
}

void Pool::remove(const std::string& caller, const std::shared_ptr<Waiter>& waiter) {
  queue_.remove(caller, waiter);
  waiting_.remove(waiter);
  publish();
}

void Pool::grant() {
  while (!idle_.empty()) {
    // The one used last first: what is not needed stays unused, and its age shows.
    if (!idle_.back()->alive() || !fresh(*idle_.back())) {
      idle_.pop_back();
      continue;
    }
    auto turn = queue_.pop();
    if (!turn) break;
    const std::shared_ptr<Waiter>& waiter = turn->job;
    waiter->connection = std::move(idle_.back());
    waiter->granted = true;
    idle_.pop_back();
    in_use_.push_back(waiter->connection.get());
    waiting_.remove(waiter);
    waiter->changed.notify();
  }
  publish();
}

void Pool::give_back(std::unique_ptr<Connection> connection, const std::string& caller) {
  std::erase(in_use_, connection.get());
  queue_.done(caller);
  if (connection->open()) {
    away_.reset();
    answers_ = true;
  } else {
    // The others may have been cut as well.
    std::erase_if(idle_, [](const auto& other) { return !other->alive(); });
    answers_ = !idle_.empty();
  }
  const bool room = idle_.size() + in_use_.size() < options_.size || !waiting_.empty();
  if (!stopping_ && room && connection->idle() && fresh(*connection)) idle_.push_back(std::move(connection));
  connection.reset();
  grant();
  demand_.notify();
  given_back_.notify();
}

void Pool::note(const DatabaseFault* fault) {
  const bool was_away = away_.has_value();
  if (!fault) {
    if (was_away) log_.info("Database connected", {{"database", target_.shown()}});
    away_.reset();
    answers_ = true;
    backoff_.reset();
  } else {
    // Once for each change, not for each try.
    if (!was_away || away_->what != fault->what)
      log_.error("Database cannot be reached", {{"reason", fault->what}, {"sqlstate", fault->sqlstate}});
    away_ = *fault;
  }
  publish();
}

void Pool::publish() {
  std::lock_guard lock(state_mutex_);
  state_.connected = !away_ && answers_;
  state_.last_error = away_ ? away_->what : std::string();
  state_.needs_operator = away_ && away_->kind == FaultKind::configuration;
  state_.in_use = in_use_.size();
  state_.idle = idle_.size();
  state_.waiting = waiting_.size();
}

Task<Reply<std::vector<Rows>>> Pool::ask(Segment statements, std::string caller) {
  const std::function<Task<Reply<std::vector<Rows>>>(Connection&)> work =
      [&statements](Connection& connection) { return connection.segment(statements); };
  co_return co_await run<std::vector<Rows>>(work, std::move(caller));
}

Task<Reply<Rows>> Pool::ask(Statement statement, std::string caller) {
  Segment one;
  one.push_back(std::move(statement));
  CO_TRY(std::vector<Rows> rows, co_await ask(std::move(one), std::move(caller)));
  co_return std::move(rows.front());
}

DatabaseState Pool::state() const {
  std::lock_guard lock(state_mutex_);
  return state_;
}

Task<void> Pool::open_on_demand() {
  while (!stopping_) {
    if (!wanted()) {
      co_await demand_.wait();
      continue;
    }
    opening_ = std::make_unique<Connection>(executor_, options_.connection);
    const auto connected = co_await opening_->connect(target_);
    const std::unique_ptr<Connection> failed = connected ? nullptr : std::move(opening_);
    if (stopping_) break;
    if (connected) {
      note(nullptr);
      idle_.push_back(std::move(opening_));
      grant();
      continue;
    }
    const DatabaseFault why = connected.error();
    note(&why);
    for (const auto& waiter : waiting_) waiter->changed.notify();
    pause_.expires_after(backoff_.next(random_));
    co_await pause_.async_wait(as_result);
  }
  opening_.reset();
}

Task<void> Pool::pause_before(int tries) {
  constexpr milliseconds longest_first{10};
  SteadyTimer timer(executor_);
  timer.expires_after(milliseconds(random_.between(1, longest_first.count() << tries)));
  co_await timer.async_wait(as_result);
}

Task<void> Pool::stop(std::chrono::steady_clock::time_point deadline) {
  stopping_ = true;
  if (opening_) opening_->close();
  pause_.cancel();
  demand_.notify();
  for (const auto& waiter : waiting_) waiter->changed.notify();
  co_await tasks_.join();
  idle_.clear();
  while (!in_use_.empty() && steady_clock::now() < deadline)
    co_await given_back_.wait_for(deadline - steady_clock::now());
  for (Connection* connection : in_use_) connection->close();
  while (!in_use_.empty()) co_await given_back_.wait();
  while (!waiting_.empty()) {
    const auto first = waiting_.front();
    first->changed.notify();
    co_await net::post(executor_, as_result);
  }
  publish();
}

}  // namespace papi::postgres
