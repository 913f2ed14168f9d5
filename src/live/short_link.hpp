#pragma once

// Finds the room of a short link by one request. Its redirect is read but not followed.

#include <string>
#include <string_view>

#include "live/room_reference.hpp"
#include "live/tiktok_hosts.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

/// Returns the URL to request: the link itself, or the same path on `hosts.web` if that host replaces TikTok.
std::string short_link_url(const ShortLink& link, const TikTokHosts& hosts);

/// Returns the person or room in the answer's `location`. If the link leads nowhere, to another site or to
/// another link, fails as a fault of the caller (400). If TikTok answers with a login page or a refusal,
/// fails with `blocked`.
Result<RoomReference> read_short_link(const ShortLink& link, long status, std::string_view location,
                                      const TikTokHosts& hosts);

}  // namespace papi::live
