#pragma once

#include <string_view>

#include "live/room_verdict.hpp"

namespace papi::live {

/// Returns whether the text means "Not available in your region" or the like. A code word counts too.
bool speaks_of_country(std::string_view text);
/// Returns whether the URL is like `https://www.tiktok.com/hk/notfound`. TikTok redirects there from
/// countries that it does not serve.
bool leads_to_country_page(std::string_view url);
/// Returns the verdict for a room status: 2 live, 3 paused, 4 ended or offline (docs/webcast-protocol.md
/// §1.5). Every status except 4 counts as live. If such a room has no id, the verdict is `unclear`.
RoomVerdict verdict_by_status(events::RoomId room_id, std::int64_t status);

}  // namespace papi::live
