#include "ops/write_check.hpp"

#include <boost/asio/detached.hpp>

namespace papi::ops {

WriteCheck::WriteCheck(Executor executor, WriteProbe probe, WriteFaultReasons reasons, const Clock& clock,
                       Options options)
    : executor_(executor),
      probe_(std::move(probe)),
      reasons_(std::move(reasons)),
      clock_(clock),
      options_(options) {}

Task<std::optional<std::string>> WriteCheck::fault() {
  const TimePoint now = clock_.steady();
  if (!writing_ && (!ended_ || now - *ended_ >= options_.keep)) {
    writing_ = true;
    began_ = now;
    net::co_spawn(executor_, write(), net::detached);
  }
  if (writing_ && now - began_ < options_.late) {
    const auto timer = std::make_shared<SteadyTimer>(executor_);
    timer->expires_after(options_.max_wait);
    waiting_.push_back(timer);
    co_await timer->async_wait(as_result);
    std::erase(waiting_, timer);
  }
  if (writing_ && clock_.steady() - began_ >= options_.late) {
    co_return "a write to the database has not been committed for more than " +
        std::to_string(options_.late.count()) + " ms: " + reasons_.late();
  }
  co_return fault_;
}

Task<void> WriteCheck::write() {
  auto written = co_await probe_(executor_, clock_.now_ms());
  fault_.reset();
  if (!written && written.error().code == ErrorCode::unavailable) {
    fault_ = "the database is slower than what is to be written: too many writes are waiting";
  } else if (!written) {
    fault_ = "the database does not take writes: " + reasons_.failed + ". The log says which";
  }
  writing_ = false;
  ended_ = clock_.steady();
  for (const auto& timer : waiting_) timer->cancel();
}

}  // namespace papi::ops
