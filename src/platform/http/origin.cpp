#include "platform/http/origin.hpp"

#include <algorithm>

#include "platform/base/text.hpp"
#include "platform/http/request_target.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::http {
namespace {

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "https") return 443;
  return scheme == "http" ? 80 : 0;
}

/// Returns one spelling for all spellings of an IPv6 address, as `[::1]`. Browsers and proxies write
/// addresses in different ways.
std::string one_spelling(std::string host) {
  if (!host.starts_with('[')) return host;
  const auto address = parse_ip_address(std::string_view(host).substr(1, host.size() - 2));
  return address ? "[" + address->to_string() + "]" : host;
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  if (authority_fault(text)) return std::nullopt;
  const std::size_t host_end =
      text.front() == '[' ? text.find(']') + 1 : std::min(text.find(':'), text.size());
  Authority authority;
  authority.host = one_spelling(to_lower_ascii(text.substr(0, host_end)));
  const std::string_view port = host_end < text.size() ? text.substr(host_end + 1) : std::string_view();
  if (!port.empty()) authority.port = static_cast<std::uint16_t>(*parse_uint(port));
  return authority;
}

bool is_scheme(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

std::optional<Origin> parse_origin(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || !is_scheme(text.substr(0, scheme_end))) return std::nullopt;
  auto authority = parse_authority(text.substr(scheme_end + 3));
  if (!authority) return std::nullopt;
  Origin origin;
  origin.scheme = to_lower_ascii(text.substr(0, scheme_end));
  origin.host = std::move(authority->host);
  origin.port = authority->port.value_or(default_port(origin.scheme));
  return origin;
}

std::optional<Origin> own_origin(const Request& request) {
  const bool named_by_proxy = !request.forwarded_host.empty();
  auto authority = parse_authority(named_by_proxy ? request.forwarded_host : request.authority);
  if (!authority) return std::nullopt;
  Origin origin;
  origin.scheme = request.secure ? "https" : "http";
  origin.host = std::move(authority->host);
  origin.port = default_port(origin.scheme);
  if (authority->port) origin.port = *authority->port;
  // The port in X-Forwarded-Host is the one that the browser wrote. The port in Host may be that of the proxy
  // itself.
  const bool host_has_port = named_by_proxy && authority->port;
  if (request.forwarded_port != 0 && !host_has_port) origin.port = request.forwarded_port;
  return origin;
}

}  // namespace papi::http
