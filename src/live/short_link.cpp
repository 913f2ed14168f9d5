#include "live/short_link.hpp"

#include "platform/base/text.hpp"

namespace papi::live {
namespace {

/// Returns the path of a URL on one of TikTok's hosts, or on the host that replaces them. Returns nullopt for
/// another URL.
std::optional<std::string_view> tiktok_path(std::string_view location, const TikTokHosts& hosts) {
  if (location.starts_with('/') && !location.starts_with("//")) return location;
  if (!hosts.web_is_tiktok() && location.starts_with(hosts.web)) {
    const std::string_view path = location.substr(hosts.web.size());
    if (path.starts_with('/')) return path;
  }
  for (std::string_view scheme : {"https://", "http://", "//"}) {
    if (!equals_ignoring_case(location.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = location.substr(scheme.size());
    const std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
    if (!is_tiktok_host(host)) return std::nullopt;
    return rest.substr(host.size());
  }
  return std::nullopt;
}

/// Returns an error in the form of a body fault, because the link came in a body.
Error leads(const ShortLink& link, std::string_view where) {
  const std::string what = "https://" + link.host + link.path + " leads " + std::string(where) +
                           "; give the person's name or the room_id instead";
  return invalid("username", what);
}

}  // namespace

std::string short_link_url(const ShortLink& link, const TikTokHosts& hosts) {
  return (hosts.web_is_tiktok() ? "https://" + link.host : hosts.web) + link.path;
}

Result<RoomReference> read_short_link(const ShortLink& link, long status, std::string_view location,
                                      const TikTokHosts& hosts) {
  if (status == 404 || status == 410) return leads(link, "nowhere: TikTok does not know this link");
  if (status == 403 || status == 429)
    return Error(ErrorCode::blocked,
                 "TikTok blocked the look-up of a short link; give the name or the room_id");
  if (status < 300 || status > 399) {
    if (status == 200) return leads(link, "nowhere");
    return Error(ErrorCode::upstream_error,
                 "TikTok's answer for a short link was not understood (HTTP " + std::to_string(status) + ")");
  }
  const auto path = tiktok_path(location, hosts);
  if (!path) return leads(link, "to no page of TikTok's");
  if (path->starts_with("/login"))
    return Error(ErrorCode::blocked, "TikTok wants a login before it resolves a short link; give the name");
  if (auto reference = RoomReference::parse_path(*path)) return std::move(*reference);
  return leads(link, "to no person and no room");
}

}  // namespace papi::live
