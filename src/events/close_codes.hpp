#pragma once

// The close codes of this service's WebSockets: code, reason and what a client does about it. docs/api.in.md,
// "Close codes", has the same rows.

#include <span>

#include "platform/base/error.hpp"
#include "platform/websocket/frame.hpp"

namespace papi::events {

/// The codes from the private range of RFC 6455 §7.4.2. The others are in websocket::CloseCode.
inline constexpr websocket::CloseCode bad_credentials{4001};
inline constexpr websocket::CloseCode forbidden{4003};
inline constexpr websocket::CloseCode unknown_session{4004};
inline constexpr websocket::CloseCode too_slow{4008};
inline constexpr websocket::CloseCode rate_limited{4029};

/// What each code means, and what a client that gets it does.
struct CloseCodeRow {
  websocket::CloseCode code;
  std::string_view description;
  std::string_view client;
};
std::span<const CloseCodeRow> close_code_rows();

/// The reasons that a close frame gives besides the message of an Error. The reason of a reader whose
/// connection takes nothing, and is closed with `too_slow`, is in websocket::Socket::sweep().
inline constexpr websocket::CloseReason credentials_ended{bad_credentials, "credentials are no longer valid"};
inline constexpr websocket::CloseReason access_withdrawn{forbidden, "access to this was withdrawn"};
inline constexpr websocket::CloseReason session_unknown{unknown_session,
                                                        "unknown session: POST /connect first"};
inline constexpr websocket::CloseReason session_gone{unknown_session, "the session was deleted or replaced"};
inline constexpr websocket::CloseReason queue_full{too_slow,
                                                   "too slow: the queue of events passed its bound"};

/// Returns the code with which a socket is closed whose handshake is refused with this Error.
websocket::CloseCode close_code_of(ErrorCode code);

}  // namespace papi::events
