#pragma once

#include <string_view>

#include "live/room_verdict.hpp"

namespace papi::live {

/// "Not available in your region" and the like, also as a code word.
bool speaks_of_country(std::string_view text);
/// `https://www.tiktok.com/hk/notfound` and the like: where TikTok sends callers of a country that it does
/// not serve.
bool leads_to_country_page(std::string_view url);
/// Status numbers everywhere: 2 live, 3 paused, 4 ended or offline (Webcast protocol §1.5). Not 4 counts as
/// live.
RoomVerdict verdict_by_status(std::uint64_t room_id, std::int64_t status);

}  // namespace papi::live
