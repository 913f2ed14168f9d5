#include "platform/http/request_target.hpp"

#include <algorithm>
#include <array>

#include "platform/base/text.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// `unreserved` and `sub-delims` of RFC 3986 §2.
constexpr auto name_characters = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                       "-._~!$&'()*+,;="))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_name_character(char c) { return name_characters[static_cast<unsigned char>(c)]; }

bool is_ip_literal(std::string_view text) {
  if (text.size() >= 4 && (text[0] == 'v' || text[0] == 'V')) {  // IPvFuture
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
    const std::string_view version = text.substr(1, dot - 1), address = text.substr(dot + 1);
    return std::all_of(version.begin(), version.end(), is_hex) &&
           std::all_of(address.begin(), address.end(),
                       [](char c) { return is_name_character(c) || c == ':'; });
  }
  if (text.find('%') != std::string_view::npos) return false;  // a zone has no meaning on another machine
  const auto address = parse_ip_address(text);
  return address && address->is_v6();
}

std::optional<std::string> port_fault(std::string_view port) {
  if (!std::all_of(port.begin(), port.end(), is_digit)) return "the port must consist of digits";
  if (port.empty()) return std::nullopt;
  const auto number = parse_uint(port);
  if (!number || *number > 65'535) return "the port must be at most 65535";
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> bad_escape(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return at;
  }
  return std::nullopt;
}

TargetParts split_target(std::string_view target) {
  TargetParts parts;
  std::string_view rest = target;
  const auto scheme_end = target.find("://");
  if (scheme_end != std::string_view::npos && !target.starts_with('/')) {
    const std::string_view scheme = target.substr(0, scheme_end);
    if (equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "https")) {
      parts.absolute = true;
      rest.remove_prefix(scheme_end + 3);
      const auto end = std::min(rest.find_first_of("/?#"), rest.size());
      parts.authority = rest.substr(0, end);
      rest.remove_prefix(end);
    }
  }
  const auto question = rest.find('?');
  parts.path = rest.substr(0, question);
  if (question != std::string_view::npos) parts.query = rest.substr(question + 1);
  if (parts.absolute && parts.path.empty()) parts.path = "/";
  return parts;
}

std::optional<std::string> authority_fault(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.find('@') != std::string_view::npos) return "must not hold user information";
  std::size_t host_end = text.find(':');
  if (text.front() == '[') {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos || !is_ip_literal(text.substr(1, bracket - 1)))
      return "must hold an IPv6 address between its brackets";
    host_end = bracket + 1;
    if (host_end < text.size() && text[host_end] != ':') return "only a port may follow the brackets";
  } else {
    const std::string_view host = text.substr(0, host_end);
    if (host.empty()) return "names no host";
    if (bad_escape(host)) return "has a malformed percent-encoding";
    if (!std::all_of(host.begin(), host.end(), [](char c) { return is_name_character(c) || c == '%'; }))
      return "has a character that no host name has";
  }
  return host_end < text.size() ? port_fault(text.substr(host_end + 1)) : std::nullopt;
}

std::optional<Error> target_fault(const Request& request) {
  std::size_t hosts = 0;
  for (const Header& field : request.headers) {
    if (!equals_ignoring_case(field.name, "host")) continue;
    ++hosts;
    if (const auto fault = authority_fault(field.value))
      return invalid("Host", *fault + ": expected host[:port] (RFC 9112, 3.2)");
  }
  if (hosts == 0 && request.version == 11) return invalid("Host", "required in HTTP/1.1 (RFC 9112, 3.2)");
  if (hosts > 1)
    return invalid("Host", "given " + std::to_string(hosts) + " times: at most once (RFC 9112, 3.2)");
  const TargetParts parts = split_target(request.target);
  if (parts.absolute) {
    const auto fault = authority_fault(parts.authority);
    if (fault) return invalid("target", "its host " + *fault + " (RFC 9112, 3.2.2)");
    return std::nullopt;
  }
  if (request.target == "*") {
    if (request.method == Method::options) return std::nullopt;
    return invalid("target", "'*' is for OPTIONS only (RFC 9112, 3.2.4)");
  }
  if (!request.target.starts_with('/'))
    return invalid("target", "must be a path that begins with '/', or an http URL (RFC 9112, 3.2)");
  return std::nullopt;
}

}  // namespace papi::http
