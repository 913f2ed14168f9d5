#pragma once

// The opening handshake of a WebSocket (RFC 6455 §4.2), as functions of the request.

#include <optional>
#include <string>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// Returns true if the request asks to become a WebSocket, even if the rest of its handshake is malformed.
bool wants_websocket(const Request& request);
/// Returns true if there is exactly one `Sec-WebSocket-Key` of 16 bytes in base64.
bool has_websocket_key(const Request& request);
/// Returns why the request cannot become a WebSocket, or nullopt: 426 if it is not a handshake of version 13,
/// 400 if its key is malformed.
std::optional<Error> handshake_fault(const Request& request);
/// Returns the first offered subprotocol that is a token, or an empty text. This service has no subprotocols
/// of its own, but a browser that offers some closes the connection if none is chosen.
std::string chosen_subprotocol(const Request& request);
/// Appends the answer that makes the connection a WebSocket (RFC 6455 §4.2.2), with the headers of
/// `response`. Call it if handshake_fault() returned nullopt. An empty correlation id is left out.
void append_switching_protocols(std::string& out, const Request& request, const Response& response,
                                std::string_view correlation_id);

}  // namespace papi::http
