#pragma once

// The opening handshake of a WebSocket (RFC 6455 §4.2), as functions of the request.

#include <optional>
#include <string>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// Whether the request asks to become a WebSocket, well-formed or not.
bool wants_websocket(const Request& request);
/// `Sec-WebSocket-Key`: once, 16 bytes in base64.
bool has_websocket_key(const Request& request);
/// Why the request cannot become a WebSocket: 426 if it is no handshake of version 13, 400 if its key is
/// malformed.
std::optional<Error> handshake_fault(const Request& request);
/// The first offered subprotocol that is a token; empty if none is. We have no subprotocols of our own, but a
/// browser that offers one closes the connection if none is chosen.
std::string chosen_subprotocol(const Request& request);

}  // namespace papi::http
