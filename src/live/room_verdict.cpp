#include "live/room_verdict.hpp"

#include "live/error_codes.hpp"

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

Error restricted(std::string_view reason, std::string message) {
  Error error(ErrorCode::blocked, std::move(message));
  error.edit().reason = reason;
  return error;
}

}  // namespace

std::optional<Error> restriction_error(RoomVerdict::Kind kind, const RoomReference& reference) {
  if (kind == Kind::age_restricted) {
    return restricted("age_restricted",
                      "TikTok shows the stream of " + reference.text() +
                          " to logged-in adults only: set TIKTOK_SESSION_ID to such an account");
  }
  if (kind == Kind::geo_blocked) {
    return restricted("geo_blocked", "TikTok does not show " + reference.text() +
                                         " in the country that this service asks from: set TIKTOK_PROXY to a "
                                         "way out in another one");
  }
  return std::nullopt;
}

Result<FoundRoom> combine(const RoomVerdict& page, const RoomVerdict& api, const RoomReference& reference) {
  for (const auto& [verdict, other] : {std::pair(&page, &api), std::pair(&api, &page)}) {
    if (verdict->kind != Kind::live) continue;
    FoundRoom found{verdict->room_id, verdict->facts};
    // An "offline" page describes the stream before this one.
    if (other->kind != Kind::offline) found.facts.complete_from(other->facts);
    return found;
  }
  const auto either = [&](Kind kind) { return page.kind == kind || api.kind == kind; };
  for (const Kind kind : {Kind::age_restricted, Kind::geo_blocked}) {
    if (either(kind)) return *restriction_error(kind, reference);
  }
  if (either(Kind::offline)) return Error(codes::user_offline, reference.text() + " is not live");
  if (either(Kind::blocked)) {
    return Error(ErrorCode::blocked,
                 "TikTok blocked the look-up of " + reference.text() +
                     " (captcha or restriction): try again later, from another address, or with the room_id");
  }
  if (page.kind == Kind::not_found && api.kind == Kind::not_found)
    return Error(codes::user_not_found, reference.text() + " does not exist or has never been live");
  return Error(ErrorCode::upstream_error, "TikTok's answer for " + reference.text() + " was not understood");
}

}  // namespace papi::live
