#pragma once

// The target of a request and the host that it is for (RFC 9112 §3.2, RFC 3986 §3.2).

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// The parts of a request target. All views point into the target, except a path that is added.
struct TargetParts {
  std::string_view authority;  // of an absolute target (`http://host/path`), else empty
  std::string_view path;       // still percent-encoded; `/` if an absolute target has none
  std::string_view query;      // what follows '?'
  bool absolute = false;
};
TargetParts split_target(std::string_view target);

/// Returns what is wrong with a `host[:port]` of RFC 3986, or nullopt. The host is a name, an IPv4 address,
/// or an IPv6 address in brackets. User information is refused.
std::optional<std::string> authority_fault(std::string_view authority);

/// Returns a 400 or nullopt. It is a fault if the request does not say for which host it is (exactly one
/// `Host` in HTTP/1.1, at most one in HTTP/1.0), or if its target has a form that is not served here.
/// Percent-encoding is not checked.
std::optional<Error> target_fault(const Request& request);

/// Returns the position of the first '%' that is not followed by two hexadecimal digits, or nullopt.
std::optional<std::size_t> bad_escape(std::string_view text);

}  // namespace papi::http
