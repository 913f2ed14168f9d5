#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace papi {

/// Milliseconds since the Unix epoch, UTC.
using UnixMs = std::int64_t;

/// The source of time. It is passed in, so that tests need not wait. Any thread may call it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now_ms() const = 0;
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// The clocks of the operating system.
class SystemClock final : public Clock {
 public:
  UnixMs now_ms() const override;
  std::chrono::steady_clock::time_point steady() const override;
};

/// A clock that stands still until advance() is called. For tests. Any thread may call it.
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

/// Returns a time such as `2026-11-23T14:16:00.123Z` (RFC 3339), always with milliseconds and in UTC.
std::string rfc3339(UnixMs time);
/// Reads an RFC 3339 time. Milliseconds may be missing, and an offset such as +02:00 may stand in place of Z.
/// Returns nullopt if `text` is not such a time.
std::optional<UnixMs> parse_rfc3339(std::string_view text);
void append_rfc3339(std::string& out, UnixMs time);
/// Appends a time such as `2026-11-23 14:16:00.123`, the beginning of a text line of the application log, in
/// local time (TZ, else /etc/localtime).
void append_log_time(std::string& out, UnixMs time);
/// Appends a time such as `2026-11-23 14:16:00`, in local time.
void append_local_time(std::string& out, UnixMs time);
/// Returns a date such as `Mon, 23 Nov 2026 14:16:00 GMT` (RFC 9110 §5.6.7).
std::string http_date(UnixMs time);
/// Reads an HTTP date, also in the two obsolete forms. Returns nullopt if `text` is not such a date.
std::optional<UnixMs> parse_http_date(std::string_view text);

}  // namespace papi
