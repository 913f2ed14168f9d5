#include "profiles/picture_hosts.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "platform/base/text.hpp"

namespace papi::profiles {
namespace {

Error host_refused(std::string why) { return {ErrorCode::blocked, std::move(why)}; }

bool is_loopback_authority(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !parse_uint(text.substr(colon + 1))) return false;
  const std::string_view host = text.substr(0, colon);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

}  // namespace

Result<PictureHosts> PictureHosts::parse(std::string_view list) {
  PictureHosts hosts;
  for (const std::string_view part : split(list, ',')) {
    const std::string entry = to_lower_ascii(trim(part));
    if (entry.empty()) continue;
    if (is_loopback_authority(entry)) {
      hosts.loopback_.push_back(entry);
    } else if (!hosts.listed_.add(entry)) {
      return Error(ErrorCode::validation,
                   "'" + entry + "' is neither a host name, nor *.name, nor a loopback host:port");
    }
  }
  return hosts;
}

Result<PictureHosts::Verdict> PictureHosts::check(std::string_view text) const {
  if (text.size() > 4096) return host_refused("the address is too long");
  const auto url = boost::urls::parse_uri(text);
  if (!url) return host_refused("not an absolute URL");
  if (url->has_userinfo()) return host_refused("a URL with credentials");
  const std::string authority = to_lower_ascii(std::string(url->encoded_host_and_port()));
  const bool plain = url->scheme_id() == boost::urls::scheme::http;
  if (!plain && url->scheme_id() != boost::urls::scheme::https) return host_refused("neither https nor http");
  if (std::find(loopback_.begin(), loopback_.end(), authority) != loopback_.end()) return Verdict{true};
  if (plain) return host_refused("http without TLS");
  if (url->has_port() && url->port() != "443") return host_refused("a port other than 443");
  if (!listed_.contains(to_lower_ascii(std::string(url->encoded_host()))))
    return host_refused("the host is not among AVATAR_ALLOWED_HOSTS");
  return Verdict{false};
}

}  // namespace papi::profiles
