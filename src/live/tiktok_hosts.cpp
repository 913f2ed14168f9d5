#include "live/tiktok_hosts.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "live/room_reference.hpp"
#include "platform/base/text.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::live {
namespace {

bool is_loopback(const std::string& host) {
  const auto address = parse_ip_address(host);
  return address ? address->is_loopback() : host == "localhost";
}

/// Returns whether the text is a host without unusual characters. The resolver takes a C string: text after a
/// zero byte would be checked here but not used there.
bool is_host(const std::string& text) {
  const auto of_a_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  return parse_ip_address(text) || (!text.empty() && std::all_of(text.begin(), text.end(), of_a_name));
}

std::string host_of(const boost::urls::url_view& url) {
  return to_lower_ascii(std::string(url.host_address()));
}

Error refused(std::string why) {
  return Error(ErrorCode::blocked,
               "The sign server gave a socket address that is not used: " + std::move(why));
}

}  // namespace

bool TikTokHosts::webcast_is_loopback() const {
  const auto home = boost::urls::parse_uri(webcast);
  return home && is_loopback(host_of(*home));
}

Result<void> TikTokHosts::check_socket(std::string_view text) const {
  constexpr std::size_t max_bytes = 4096;
  const auto home = boost::urls::parse_uri(webcast);
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (text.size() > max_bytes || !url || !home) return refused("it is no URL");
  const bool plain = url->scheme() == "ws";
  if (!plain && url->scheme() != "wss") return refused("it is neither wss nor ws");
  if (url->has_userinfo()) return refused("it holds credentials");
  const std::string host = host_of(*url);
  if (!is_host(host)) return refused("its host is neither a name nor an address");
  if (is_loopback(host) && webcast_is_loopback()) return {};
  if (plain) return refused("it is without TLS");
  if (host == host_of(*home) || sockets.contains(host)) return {};
  return refused("its host is not among TIKTOK_SOCKET_HOSTS");
}

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
