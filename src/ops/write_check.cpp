#include "ops/write_check.hpp"

#include <boost/asio/detached.hpp>

namespace papi::ops {
namespace {

constexpr const char* schema[] = {
    "CREATE TABLE write_check (one INTEGER PRIMARY KEY CHECK (one = 1), written_at INTEGER NOT NULL)"};

}  // namespace

WriteCheck::WriteCheck(Executor executor, sqlite::Writer& writer, const Clock& clock, Options options)
    : executor_(executor), writer_(writer), clock_(clock), options_(options) {}

Result<void> WriteCheck::prepare(sqlite::Database& database) {
  return database.migrate("write_check", schema);
}

Task<std::optional<std::string>> WriteCheck::fault() {
  const TimePoint now = clock_.steady();
  if (!writing_ && (!ended_ || now - *ended_ >= options_.keep)) {
    writing_ = true;
    began_ = now;
    net::co_spawn(executor_, write(), net::detached);
  }
  if (writing_ && now - began_ < options_.late) {
    const auto timer = std::make_shared<SteadyTimer>(executor_);
    timer->expires_after(options_.patience);
    waiting_.push_back(timer);
    co_await timer->async_wait(as_result);
    std::erase(waiting_, timer);
  }
  if (writing_ && clock_.steady() - began_ >= options_.late) {
    co_return "a write to the database has not been committed for more than " +
        std::to_string(options_.late.count()) + " ms: the disk hangs, or another program holds a lock";
  }
  co_return fault_;
}

Task<void> WriteCheck::write() {
  sqlite::Writer::Job job = [now = clock_.now_ms()](sqlite::Database& database) {
    database.cached("INSERT OR REPLACE INTO write_check VALUES (1, ?1)").bind(1, now).run();
  };
  auto written = co_await writer_.write(executor_, std::move(job));
  fault_.reset();
  if (!written && written.error().code == ErrorCode::unavailable) {
    fault_ = "the database is slower than what is to be written: too many writes are waiting";
  } else if (!written) {
    fault_ =
        "the database does not take writes: the disk is full, the file is read-only, or another program "
        "holds a lock. The log says which";
  }
  writing_ = false;
  ended_ = clock_.steady();
  for (const auto& timer : waiting_) timer->cancel();
}

}  // namespace papi::ops
