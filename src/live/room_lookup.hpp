#pragma once

#include <optional>

#include "live/browser.hpp"
#include "live/room_verdict.hpp"
#include "live/tiktok_hosts.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// Finds the room of a username by TikTok's public pages (docs/webcast-protocol.md §1.2, §1.3, §1.5). May be
/// used on any thread.
class RoomLookup {
 public:
  RoomLookup(HttpClient& http, const TikTokHosts& hosts, const Browser& browser)
      : http_(http), hosts_(hosts), browser_(browser) {}

  /// Returns the person or room that a short link leads to, by one request. Returns any other reference
  /// unchanged. Errors: validation (the link leads to neither), blocked, upstream_*.
  Task<Result<RoomReference>> resolve(Executor executor, RoomReference reference);
  /// Returns the room that is live now. Errors: user_not_found, user_offline, blocked (with details.reason
  /// `age_restricted` or `geo_blocked` if TikTok says so), upstream_*.
  Task<Result<FoundRoom>> find(Executor executor, RoomReference reference);
  /// Returns whether the room is still live, or nullopt if TikTok does not say. One cheap, unsigned request.
  Task<std::optional<bool>> is_alive(Executor executor, events::RoomId room_id);
  /// For a room that answers but sends no data: returns the restriction that explains it, or nullopt if
  /// TikTok names none. One short request.
  Task<std::optional<Error>> restriction(Executor executor, RoomReference reference);

 private:
  HttpCall page_call(const RoomReference& reference) const;
  HttpCall api_call(const RoomReference& reference) const;
  HttpCall webcast_call(std::string path_and_query) const;

  HttpClient& http_;
  const TikTokHosts hosts_;
  const Browser browser_;
};

}  // namespace papi::live
