#pragma once

// Where a short link leads: one request whose redirect is read and not followed.

#include <string>
#include <string_view>

#include "live/room_reference.hpp"
#include "live/tiktok_hosts.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

/// The address to ask: the link itself, or the same path of `hosts.web` where that host stands in for TikTok.
std::string short_link_url(const ShortLink& link, const TikTokHosts& hosts);

/// Who or which room the answer's `location` names. A link that leads nowhere, to another site or to a
/// further link is the caller's fault (400); a login page or a refusal is `blocked`.
Result<RoomReference> read_short_link(const ShortLink& link, long status, std::string_view location,
                                      const TikTokHosts& hosts);

}  // namespace papi::live
