#pragma once

// From a name to a room, by TikTok's public pages (dossier §1.2, §1.3, §1.5). The readers are functions of
// what came; RoomLookup asks one source after the other.

#include <optional>
#include <string>

#include "live/browser.hpp"
#include "live/room_reference.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// What one source says. Blocked, unknown and offline are different answers to a caller.
struct RoomVerdict {
  enum class Kind { live, offline, not_found, blocked, unclear };
  Kind kind = Kind::unclear;
  std::uint64_t room_id = 0;
};

RoomVerdict read_live_page(long status, std::string_view html, std::string_view redirect = {});
RoomVerdict read_api_live(long status, std::string_view body);
/// webcast/room/check_alive: whether `room_id` is live; nothing where the answer does not say.
std::optional<bool> read_check_alive(std::string_view body, std::uint64_t room_id);

/// What the sources say together: the first that found the room wins, "offline" beats "not found", and a
/// block that hides the answer is reported as a block.
Result<std::uint64_t> combine(const RoomVerdict& page, const RoomVerdict& api,
                              const RoomReference& reference);

struct TikTokHosts {
  std::string web = "https://www.tiktok.com";
  std::string webcast = "https://webcast.tiktok.com";
  std::string sign = "https://api.eulerstream.com";
  std::chrono::milliseconds timeout{10'000};

  /// Whether a socket at this address is TikTok's own: the webcast host or a neighbour in its domain. The
  /// address comes from the sign server, which must not be able to send an account's cookies to a host of its
  /// choice.
  bool own_socket(std::string_view url) const;
};

class RoomLookup {
 public:
  RoomLookup(HttpClient& http, const TikTokHosts& hosts, const Browser& browser)
      : http_(http), hosts_(hosts), browser_(browser) {}

  /// The number of the room that is live now. Errors: user_not_found, user_offline, blocked, upstream_*.
  Task<Result<std::uint64_t>> find(Executor executor, RoomReference reference);
  /// Whether the room is still live; nothing where TikTok does not say. One cheap, unsigned request.
  Task<std::optional<bool>> is_alive(Executor executor, std::uint64_t room_id);

 private:
  HttpClient& http_;
  const TikTokHosts hosts_;
  const Browser browser_;
};

}  // namespace papi::live
