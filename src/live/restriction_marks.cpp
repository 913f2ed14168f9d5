#include "live/restriction_marks.hpp"

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

/// The marks are near the beginning of a text. If they are further back, the page is not a notice.
constexpr std::size_t searched = 256 * 1024;

}  // namespace

bool speaks_of_country(std::string_view text) {
  const std::string lower = to_lower_ascii(text.substr(0, searched));
  for (std::string_view mark :
       {"available in your region", "available in your country", "available in this region",
        "available in this country", "your country or region", "geo_block", "geo-block", "geoblock",
        "geo_restrict", "geo-restrict", "region_block", "region_restrict", "country_block",
        "tiktok.com/hk/notfound"}) {
    if (lower.find(mark) != std::string::npos) return true;
  }
  return false;
}

bool leads_to_country_page(std::string_view url) {
  const std::string_view path = url.substr(0, url.find_first_of("?#"));
  const std::vector<std::string_view> parts = split(path, '/');
  if (parts.size() < 2) return false;
  const std::string_view country = parts[parts.size() - 2];
  return parts.back() == "notfound" && country.size() == 2;
}

RoomVerdict verdict_by_status(events::RoomId room_id, std::int64_t status) {
  using Kind = RoomVerdict::Kind;
  if (status == 4) return {Kind::offline, room_id};
  if (room_id == events::RoomId()) return {Kind::unclear};
  return {Kind::live, room_id};
}

}  // namespace papi::live
