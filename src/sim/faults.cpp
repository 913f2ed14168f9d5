#include "sim/faults.hpp"

#include <algorithm>

#include "platform/base/enum_count.hpp"

namespace papi::sim {
namespace {

constexpr FaultKind kinds[] = {
    {Fault::drop, "drop", FaultSpan::now},
    {Fault::silence, "silence", FaultSpan::until_cleared},
    {Fault::duplicate_batch, "duplicate_batch", FaultSpan::next},
    {Fault::lost_streak_end, "lost_streak_end", FaultSpan::next},
    {Fault::repeated_streak_end, "repeated_streak_end", FaultSpan::next},
    {Fault::gift_without_details, "gift_without_details", FaultSpan::next},
    {Fault::reordered, "reordered", FaultSpan::next},
    {Fault::garbage_frame, "garbage_frame", FaultSpan::now},
    {Fault::gzip_bomb, "gzip_bomb", FaultSpan::now},
    {Fault::unknown_method, "unknown_method", FaultSpan::now},
    {Fault::truncated_payload, "truncated_payload", FaultSpan::now},
    {Fault::wrong_wire_type, "wrong_wire_type", FaultSpan::now},
    {Fault::invalid_utf8, "invalid_utf8", FaultSpan::now},
    {Fault::create_time_zero, "create_time_zero", FaultSpan::now},
    {Fault::create_time_seconds, "create_time_seconds", FaultSpan::now},
    {Fault::uncompressed, "uncompressed", FaultSpan::next},
    {Fault::no_compress_header, "no_compress_header", FaultSpan::next},
    {Fault::empty_payload, "empty_payload", FaultSpan::now},
    {Fault::close_code, "close_code", FaultSpan::now},
    {Fault::close_frame, "close_frame", FaultSpan::now},
    {Fault::pause, "pause", FaultSpan::now},
    {Fault::resume, "resume", FaultSpan::now},
    {Fault::sign_429, "sign_429", FaultSpan::next},
    {Fault::sign_402, "sign_402", FaultSpan::next},
    {Fault::sign_403, "sign_403", FaultSpan::next},
    {Fault::sign_500, "sign_500", FaultSpan::next},
    {Fault::sign_504, "sign_504", FaultSpan::next},
    {Fault::sign_empty, "sign_empty", FaultSpan::next},
    {Fault::sign_no_cookie, "sign_no_cookie", FaultSpan::next},
    {Fault::sign_timeout, "sign_timeout", FaultSpan::next},
    {Fault::sign_429_date, "sign_429_date", FaultSpan::next},
    {Fault::sign_429_ms, "sign_429_ms", FaultSpan::next},
    {Fault::sign_json, "sign_json", FaultSpan::next},
    {Fault::sign_echo, "sign_echo", FaultSpan::next},
    {Fault::expired_address, "expired_address", FaultSpan::next},
    {Fault::device_blocked, "device_blocked", FaultSpan::next},
    {Fault::captcha, "captcha", FaultSpan::until_cleared},
    {Fault::offline, "offline", FaultSpan::until_cleared},
    {Fault::not_found, "not_found", FaultSpan::until_cleared},
    {Fault::age_restricted, "age_restricted", FaultSpan::until_cleared},
    {Fault::geo_blocked, "geo_blocked", FaultSpan::until_cleared},
    {Fault::page_offline, "page_offline", FaultSpan::until_cleared},
    {Fault::page_missing, "page_missing", FaultSpan::until_cleared},
    {Fault::api_offline, "api_offline", FaultSpan::until_cleared},
    {Fault::empty_room_id, "empty_room_id", FaultSpan::until_cleared},
    {Fault::room_restart, "room_restart", FaultSpan::now},
    {Fault::page_403, "page_403", FaultSpan::until_cleared},
    {Fault::slow_page, "slow_page", FaultSpan::next},
    {Fault::held_page, "held_page", FaultSpan::until_cleared},
    {Fault::profile_captcha, "profile_captcha", FaultSpan::until_cleared},
    {Fault::profile_missing, "profile_missing", FaultSpan::until_cleared},
    {Fault::profile_500, "profile_500", FaultSpan::until_cleared},
    {Fault::profile_hangs, "profile_hangs", FaultSpan::until_cleared},
    {Fault::profile_sigi, "profile_sigi", FaultSpan::until_cleared},
    {Fault::profile_elements, "profile_elements", FaultSpan::until_cleared},
    {Fault::picture_default, "picture_default", FaultSpan::until_cleared},
    {Fault::picture_404, "picture_404", FaultSpan::until_cleared},
    {Fault::picture_huge, "picture_huge", FaultSpan::until_cleared},
    {Fault::picture_empty, "picture_empty", FaultSpan::until_cleared},
    {Fault::picture_html, "picture_html", FaultSpan::until_cleared},
    {Fault::picture_svg, "picture_svg", FaultSpan::until_cleared},
    {Fault::picture_bomb, "picture_bomb", FaultSpan::until_cleared},
    {Fault::picture_private, "picture_private", FaultSpan::until_cleared},
    {Fault::picture_hangs, "picture_hangs", FaultSpan::until_cleared},
    {Fault::gift_list_empty, "gift_list_empty", FaultSpan::until_cleared},
    {Fault::gift_list_odd, "gift_list_odd", FaultSpan::until_cleared},
    {Fault::gift_list_500, "gift_list_500", FaultSpan::until_cleared},
    {Fault::gift_list_pages, "gift_list_pages", FaultSpan::until_cleared},
};
static_assert(std::size(kinds) == enum_count<Fault>());

}  // namespace

std::span<const FaultKind> fault_kinds() { return kinds; }

const FaultKind* find_fault(std::string_view name) {
  const auto found =
      std::find_if(std::begin(kinds), std::end(kinds), [&](const FaultKind& k) { return k.name == name; });
  return found == std::end(kinds) ? nullptr : found;
}

void Faults::set(const FaultKind& kind, std::int64_t n) {
  left_[kind.fault] = kind.span == FaultSpan::until_cleared ? 0 : n;
}

bool Faults::take(Fault fault) {
  const auto found = left_.find(fault);
  if (found == left_.end()) return false;
  if (found->second > 0 && --found->second == 0) left_.erase(found);
  return true;
}

}  // namespace papi::sim
