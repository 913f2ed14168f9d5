#pragma once

#include <string>

#include "platform/base/clock.hpp"
#include "platform/http/exchange.hpp"

namespace papi::http {

/// Headers that are the same in every answer. They are rendered once, at start.
struct FixedHeaders {
  std::string all;  // "Name: value\r\n…"
  std::string
      policy;  // Content-Security-Policy and X-Frame-Options, for answers without a policy of their own
  std::string tls_only;  // Strict-Transport-Security
};

/// Appends the answer to `out`, except a shared body, which the caller sends behind it. The answer to HEAD
/// has the headers of GET and no body. If `keep_alive` is false, adds `Connection: close`. The Date header
/// (RFC 9110 §6.6.1) is rendered once a second on each thread.
void append_response(std::string& out, const Exchange& exchange, const Response& response,
                     const FixedHeaders& fixed, bool keep_alive, UnixMs now);

}  // namespace papi::http
