#include <cstdint>

#include "live/room_reference.hpp"
#include "live/room_verdict.hpp"
#include "platform/base/fuzz_target.hpp"
#include "platform/base/text.hpp"

namespace {

using namespace papi;
using namespace papi::live;

void check_reference(std::string_view text) {
  const auto reference = RoomReference::parse_username(text);
  if (!reference) return;
  const std::string& name = reference->username();
  const int kinds =
      !name.empty() + (reference->room_id() != events::RoomId()) + reference->short_link().has_value();
  if (kinds != 1 || name != to_lower_ascii(name) || name.size() > 24) __builtin_trap();
  if (reference->short_link()) {
    const ShortLink& link = *reference->short_link();
    if (!is_tiktok_host(link.host) || link.path.find_first_of("\r\n?#@") != std::string::npos)
      __builtin_trap();
  }
  // The name of a parsed reference can be parsed again.
  if (name.empty()) return;
  const auto again = RoomReference::parse_username("@" + name);
  if (!again || again->key() != reference->key()) __builtin_trap();
}

void check_verdict(const RoomVerdict& verdict) {
  if (verdict.kind == RoomVerdict::Kind::live && verdict.room_id == events::RoomId()) __builtin_trap();
  for (const std::string* text : {&verdict.facts.title, &verdict.facts.host.nickname}) {
    if (!is_utf8(*text) || text->size() > 1'000) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      check_reference(text);
      break;
    case 1:
      check_verdict(read_live_page(200, text));
      break;
    case 2:
      check_verdict(read_api_live(200, text));
      break;
    default:
      check_verdict(read_live_page(302, "", text));
      check_verdict(read_room_info(200, text));
  }
  return 0;
}
