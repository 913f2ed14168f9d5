#pragma once

#include "platform/base/error.hpp"
#include "platform/websocket/frame.hpp"

namespace papi::http {

/// Returns the close code of RFC 6455 for an Error.
constexpr websocket::CloseCode standard_close_code(ErrorCode code) {
  using websocket::CloseCode;
  switch (code) {
    case ErrorCode::database:
    case ErrorCode::internal:
      return CloseCode::internal_error;
    case ErrorCode::unavailable:
      return CloseCode::going_away;
    default:
      return CloseCode::policy_violation;
  }
}

/// The codes and texts with which the server itself closes a WebSocket. A product may replace them by its
/// own.
struct CloseReasons {
  /// Returns the close code for a handshake that is refused with this Error. The close frame's text is the
  /// Error's message.
  websocket::CloseCode (*of_refusal)(ErrorCode) = standard_close_code;
  websocket::CloseReason credentials_ended{websocket::CloseCode::policy_violation,
                                           "credentials are no longer valid"};
  websocket::CloseReason access_withdrawn{websocket::CloseCode::policy_violation,
                                          "access to this was withdrawn"};
};

}  // namespace papi::http
