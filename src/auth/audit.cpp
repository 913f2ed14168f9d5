#include "auth/audit.hpp"

#include <boost/asio/post.hpp>

namespace papi::auth {
namespace {

/// Lock-outs and stolen tokens are rare because of their own rules. A flood of other failures must not hide
/// them.
bool is_bounded(const AuditRecord& record) {
  return !record.success && record.kind != AuditKind::lockout && record.kind != AuditKind::token_reuse;
}

}  // namespace

void AuditTrail::refused(const Actor& actor, std::string subject, std::string reason) {
  AuditRecord entry = record_of(actor, AuditKind::authentication, false, std::move(reason));
  entry.subject = std::move(subject);
  log_.warning("Authentication failed", {{"reason", entry.reason},
                                         {"username", entry.subject},
                                         {"client_ip", entry.client_ip},
                                         {"endpoint", entry.endpoint},
                                         {"correlation_id", entry.correlation_id}});
  record(std::move(entry));
}

std::size_t AuditTrail::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void AuditTrail::record(AuditRecord record) {
  seen(record.kind);
  record.at = clock_.now_ms();
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    const bool begun = limit_.next_report() != AuditLimit::Time::max();
    if (is_bounded(record) && !limit_.take(record.client_ip, clock_.steady())) {
      if (!begun) net::post(executor_, [this] { wake_.notify(); });  // run() then waits for the minute's end
      return;
    }
    if (queue_.size() >= max_waiting) {
      count_lost(1);
      return;
    }
    first = queue_.empty();
    queue_.push_back(std::move(record));
  }
  if (first) net::post(executor_, [this] { wake_.notify(); });
}

void AuditTrail::count_lost(std::size_t records) {
  lost_ += records;
  lost_ever_.fetch_add(records, std::memory_order_relaxed);
}

AuditRecord AuditTrail::overflow() const {
  AuditRecord overflow;
  overflow.at = clock_.now_ms();
  overflow.kind = AuditKind::overflow;
  return overflow;
}

void AuditTrail::add_overflows(std::vector<AuditRecord>& records) {
  AuditRecord overflow = this->overflow();
  std::vector<AuditLimit::LeftOut> left_out;
  {
    std::lock_guard lock(mutex_);
    left_out = limit_.take_left_out(clock_.steady());
  }
  for (const auto& [prefix, count] : left_out) {
    overflow.client_ip = prefix;
    overflow.reason = std::to_string(count) + " more refusals in a minute were counted only";
    records.push_back(overflow);
  }
}

Task<bool> AuditTrail::flush() {
  std::vector<AuditRecord> records;
  std::size_t lost = 0;
  {
    std::lock_guard lock(mutex_);
    records.swap(queue_);
    lost = std::exchange(lost_, 0);
  }
  add_overflows(records);
  std::vector<AuditRecord> again = records;
  if (lost > 0) {
    records.push_back(overflow());
    records.back().reason = std::to_string(lost) + " records were lost";
  }
  if (records.empty()) co_return true;
  auto written = co_await store_.append(executor_, std::move(records));
  if (written) co_return true;
  log_.error("Audit records could not be written yet",
             {{"records", again.size()}, {"reason", written.error().message}});
  std::lock_guard lock(mutex_);
  lost_ += lost;
  for (AuditRecord& record : queue_) again.push_back(std::move(record));
  if (again.size() > max_waiting) {
    count_lost(again.size() - max_waiting);
    again.resize(max_waiting);
  }
  queue_ = std::move(again);
  wake_.notify();  // if read() has called this
  co_return false;
}

Task<void> AuditTrail::run() {
  while (!stopping_) {
    bool empty = false;
    auto next_report = AuditLimit::Time::max();
    {
      std::lock_guard lock(mutex_);
      empty = queue_.empty();
      next_report = limit_.next_report();
    }
    const auto wait = next_report - clock_.steady();
    if (empty && next_report == AuditLimit::Time::max()) {
      co_await wake_.wait();
    } else if (empty && wait > wait.zero()) {
      co_await wake_.wait_for(std::chrono::ceil<std::chrono::milliseconds>(wait));
    }
    const bool written = co_await flush();
    if (!written && !stopping_) co_await pause_.wait_for(between_tries_);
  }
  co_await flush();
}

void AuditTrail::stop() {
  stopping_ = true;
  wake_.notify();
  pause_.notify();
}

Task<void> AuditTrail::trim(std::chrono::days retention) {
  const std::chrono::milliseconds kept = std::max(std::chrono::days(31), retention);
  const UnixMs before = clock_.now_ms() - kept.count();
  constexpr std::size_t step = 1'000;  // records per step, so that other writes need not wait long
  for (std::size_t erased = step; erased == step && !stopping_;) {
    auto done = co_await store_.erase_before(executor_, before, step);
    if (!done) {
      log_.warning("Old audit records could not be deleted", {{"reason", done.error().message}});
      co_return;
    }
    erased = *done;
  }
}

Task<Result<AuditPage>> AuditTrail::read(Executor executor, AuditQuery query) {
  co_await run_on(executor_, flush());
  co_return co_await store_.read(executor, std::move(query));
}

}  // namespace papi::auth
