#pragma once

#include <string>

#include "platform/base/clock.hpp"
#include "platform/http/exchange.hpp"

namespace papi::http {

/// Headers that are the same on every answer, rendered once at start.
struct FixedHeaders {
  std::string all;       // "Name: value\r\n…"
  std::string tls_only;  // Strict-Transport-Security
};

/// Appends the finished answer to `out`, except for a shared body, which is the caller's to send behind it.
/// HEAD answers get the headers of GET and no body. `keep_alive` false adds `Connection: close`. The Date
/// header (RFC 9110 §6.6.1) is rendered once a second and thread.
void append_response(std::string& out, const Exchange& exchange, const Response& response,
                     const FixedHeaders& fixed, bool keep_alive, UnixMs now);

}  // namespace papi::http
