#pragma once

#include "live/browser.hpp"
#include "live/tiktok_hosts.hpp"
#include "live/wire.hpp"
#include "platform/base/random.hpp"

namespace papi::live {

/// Returns the URL of the socket that a fetch result offers (docs/webcast-protocol.md §3.1). It acknowledges
/// the result.
std::string socket_url(const FetchResult& result, events::RoomId room_id, const Browser& browser,
                       Random& random);

/// Returns the value of the socket's Cookie header: the signer's cookies, and those of the operator's account
/// if the socket is TikTok's own and the signer used no account.
std::string socket_cookies(const FetchResult& result, const std::string& of_signer, const Browser& browser,
                           const TikTokHosts& hosts);

}  // namespace papi::live
