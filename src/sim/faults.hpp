#pragma once

// The simulated faults of one room. The enum below is the complete list: POST /sim/fault accepts no other
// kind.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace papi::sim {

enum class Fault : std::uint8_t {
  drop,
  silence,
  duplicate_batch,
  lost_streak_end,
  repeated_streak_end,
  gift_without_details,
  reordered,
  garbage_frame,
  gzip_bomb,
  unknown_method,
  truncated_payload,
  wrong_wire_type,
  invalid_utf8,
  create_time_zero,
  create_time_seconds,
  uncompressed,
  no_compress_header,
  empty_payload,
  close_code,
  close_frame,
  pause,
  resume,
  sign_429,
  sign_402,
  sign_403,
  sign_500,
  sign_504,
  sign_empty,
  sign_no_cookie,
  sign_timeout,
  sign_429_date,
  sign_429_ms,
  sign_json,
  sign_echo,
  expired_address,
  device_blocked,
  captcha,
  offline,
  not_found,
  age_restricted,
  geo_blocked,
  page_offline,
  page_missing,
  api_offline,
  empty_room_id,
  room_restart,
  page_403,
  slow_page,
  held_page,
  profile_captcha,
  profile_missing,
  profile_500,
  profile_hangs,
  profile_sigi,
  profile_elements,
  picture_default,
  picture_404,
  picture_huge,
  picture_empty,
  picture_html,
  picture_svg,
  picture_bomb,
  picture_private,
  picture_hangs,
  gift_list_empty,
  gift_list_odd,
  gift_list_500,
  gift_list_pages,
};

/// When a simulated fault acts: at once, on the next n occasions, or until it is cleared.
enum class FaultSpan : std::uint8_t { now, next, until_cleared };

struct FaultKind {
  Fault fault;
  std::string_view name;
  FaultSpan span;
};
std::span<const FaultKind> fault_kinds();
const FaultKind* find_fault(std::string_view name);

/// The simulated faults that are set in one room.
class Faults {
 public:
  /// Sets a fault for `n` occasions. 0 means until it is cleared. Kinds with the span until_cleared ignore
  /// `n`.
  void set(const FaultKind& kind, std::int64_t n);
  void clear() {
    left_.clear();
    retry_after_ = default_retry_after;
    slow_ = default_slow;
  }

  bool active(Fault fault) const { return left_.contains(fault); }
  /// Returns whether the fault acts on this occasion. If so, uses up one occasion.
  bool take(Fault fault);

  std::chrono::seconds retry_after() const { return retry_after_; }
  std::chrono::milliseconds slow() const { return slow_; }
  void set_retry_after(std::chrono::seconds time) { retry_after_ = time; }
  void set_slow(std::chrono::milliseconds time) { slow_ = time; }
  const std::map<Fault, std::int64_t>& waiting() const { return left_; }

 private:
  static constexpr std::chrono::seconds default_retry_after{7};
  static constexpr std::chrono::milliseconds default_slow{5'000};

  std::map<Fault, std::int64_t> left_;  // 0: until cleared
  std::chrono::seconds retry_after_ = default_retry_after;
  std::chrono::milliseconds slow_ = default_slow;
};

}  // namespace papi::sim
