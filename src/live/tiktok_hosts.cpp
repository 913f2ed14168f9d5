#include "live/tiktok_hosts.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "live/room_reference.hpp"
#include "platform/base/text.hpp"

namespace papi::live {

bool TikTokHosts::own_socket(std::string_view url) const {
  const auto socket = boost::urls::parse_uri(boost::core::string_view(url.data(), url.size()));
  const auto home = boost::urls::parse_uri(webcast);
  if (!socket || !home) return false;
  const std::string host = to_lower_ascii(std::string(socket->host_address()));
  const std::string own = to_lower_ascii(std::string(home->host_address()));
  if (host == own) return true;
  if (home->host_type() != boost::urls::host_type::name) return false;
  const std::string domain = own.substr(std::min(own.find('.'), own.size()));  // ".tiktok.com"
  return domain.find('.', 1) != std::string::npos && host.ends_with(domain);
}

bool TikTokHosts::web_is_tiktok() const {
  const auto home = boost::urls::parse_uri(web);
  return home && is_tiktok_host(std::string(home->host_address()));
}

}  // namespace papi::live
