#pragma once

// Web origins (RFC 6454, Fetch standard): the origin of a page, and the origin of this service in a browser.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// A `host[:port]` that authority_fault() accepts. The host is in lower case. An IPv6 address is in brackets
/// and in its canonical spelling.
struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;  // nullopt if none is written
};
/// Returns nullopt if authority_fault() finds a fault.
std::optional<Authority> parse_authority(std::string_view text);

/// Scheme, host and effective port. Two spellings of one origin are equal: `https://a` and `https://A:443`.
struct Origin {
  std::string scheme;      // in lower case
  std::string host;        // in lower case
  std::uint16_t port = 0;  // if none is written: the scheme's default port, or 0

  bool operator==(const Origin&) const = default;
};

/// Returns true if `text` is a scheme (RFC 3986 §3.1).
bool is_scheme(std::string_view text);

/// Reads `scheme://host[:port]`. Returns nullopt for everything else, for example for `null` and `file://`.
std::optional<Origin> parse_origin(std::string_view text);

/// Returns the origin under which a browser reaches this service. Scheme, host and port are those that
/// trusted proxies report, else those of the connection and `Host`. Returns nullopt if the request names no
/// host.
std::optional<Origin> own_origin(const Request& request);

}  // namespace papi::http
