#include "platform/http/handshake.hpp"

#include <algorithm>

#include "platform/base/text.hpp"
#include "platform/websocket/frame.hpp"

namespace papi::http {
namespace {

bool is_token(std::string_view text) {  // RFC 9110 §5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

}  // namespace

bool wants_websocket(const Request& request) {
  return request.method == Method::get && request.version == 11 &&
         request.header_has_token("connection", "upgrade") &&
         request.header_has_token("upgrade", "websocket");
}

bool has_websocket_key(const Request& request) {
  const std::string key = request.header_list("sec-websocket-key");
  if (key.size() != 24 || !key.ends_with("==")) return false;
  const auto nonce = base64_decode(key);
  return nonce && nonce->size() == 16;
}

std::optional<Error> handshake_fault(const Request& request) {
  if (!wants_websocket(request) || request.header_list("sec-websocket-version") != "13") {
    return Error(ErrorCode::upgrade_required,
                 "This is a WebSocket endpoint: connect with a WebSocket client (RFC 6455, version 13)");
  }
  if (!has_websocket_key(request))
    return invalid("Sec-WebSocket-Key", "must be given once, as 16 bytes in base64 (RFC 6455, 4.1)");
  return std::nullopt;
}

std::string chosen_subprotocol(const Request& request) {
  const std::string offered = request.header_list("sec-websocket-protocol");
  for (const std::string_view part : split(offered, ',')) {
    if (is_token(trim(part))) return std::string(trim(part));
  }
  return {};
}

void append_switching_protocols(std::string& out, const Request& request, const Response& response,
                                std::string_view correlation_id) {
  out +=
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Accept: ";
  out += websocket::accept_key(request.header("sec-websocket-key"));
  out += "\r\n";
  if (!correlation_id.empty()) {
    out += "X-Correlation-ID: ";
    out += correlation_id;
    out += "\r\n";
  }
  bool chosen = false;
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
    chosen = chosen || name == "Sec-WebSocket-Protocol";
  }
  const std::string subprotocol = chosen_subprotocol(request);
  if (!chosen && !subprotocol.empty()) {
    out += "Sec-WebSocket-Protocol: ";
    out += subprotocol;
    out += "\r\n";
  }
  out += "\r\n";
}

}  // namespace papi::http
