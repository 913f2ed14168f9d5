#pragma once

// Web origins (RFC 6454, Fetch standard): who a page is, and who this service is to a browser.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"

namespace papi::http {

/// A `host[:port]`, as authority_fault() accepts it. The host is in lower case; an IPv6 address is in
/// brackets and in one spelling.
struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;  // nullopt if none is written
};
std::optional<Authority> parse_authority(std::string_view text);

/// Scheme, host and effective port. Two spellings of one origin are equal: `https://a` and `https://A:443`.
struct Origin {
  std::string scheme;      // in lower case
  std::string host;        // in lower case
  std::uint16_t port = 0;  // the scheme's default port if none is written; 0 if the scheme has none either

  bool operator==(const Origin&) const = default;
};

/// Whether `text` is a scheme of RFC 3986 §3.1.
bool is_scheme(std::string_view text);

/// Reads `scheme://host[:port]`. Returns nullopt for everything else, `null` and `file://` among them.
std::optional<Origin> parse_origin(std::string_view text);

/// The origin under which a browser reaches this service: what trusted proxies say of scheme, host and port,
/// else what the connection and `Host` say. Returns nullopt if the request names no host.
std::optional<Origin> own_origin(const Request& request);

}  // namespace papi::http
