#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace papi {

/// Unix milliseconds, UTC.
using UnixMs = std::int64_t;

/// Time is passed in, so that tests do not wait. Safe from every thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now_ms() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMs now_ms() const override;
  std::chrono::steady_clock::time_point steady() const override;
};

/// For tests. Any thread.
class ManualClock final : public Clock {
 public:
  UnixMs now_ms() const override { return now_; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_));
  }
  void advance(std::chrono::milliseconds by) { now_ += by.count(); }

 private:
  std::atomic<UnixMs> now_ = 1'700'000'000'000;
};

/// `2026-11-23T14:16:00.123Z` (RFC 3339).
std::string rfc3339(UnixMs time);
/// Reads it back, also without milliseconds and with an offset such as +02:00. Nothing: not such a time.
std::optional<UnixMs> parse_rfc3339(std::string_view text);
void append_rfc3339(std::string& out, UnixMs time);
/// `2026-11-23 14:16:00.123`, the beginning of a text log line.
void append_log_time(std::string& out, UnixMs time);
/// `Mon, 23 Nov 2026 14:16:00 GMT` (RFC 9110 §5.6.7).
std::string http_date(UnixMs time);
/// Reads it back, also in the two obsolete forms. Nothing: not such a date.
std::optional<UnixMs> parse_http_date(std::string_view text);

}  // namespace papi
