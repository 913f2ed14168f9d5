#include "events/close_codes.hpp"

namespace papi::events {

using websocket::CloseCode;

std::span<const CloseCodeRow> close_code_rows() {
  static constexpr CloseCodeRow rows[] = {
      {CloseCode::normal, "The conversation has ended.", "nothing"},
      {CloseCode::going_away, "The service is stopping or unavailable.", "Connect again after a pause."},
      {CloseCode::message_too_big, "The client's message is too large.", "Correct the client."},
      {CloseCode::internal_error, "The service failed.", "Connect again after a pause."},
      {bad_credentials, "The credentials are missing, wrong or no longer valid.", "Get new credentials."},
      {forbidden, "The credentials do not allow it, or the page's origin is not allowed.",
       "Ask the owner or the operator."},
      {unknown_session, "The session is unknown, or it was deleted or replaced.",
       "Connect the session, then open the socket."},
      {too_slow, "The client was too slow ([events.md](events.md#getting-them)).",
       "Connect again with the last offset and epoch."},
      {rate_limited, "A rate limit is reached.", "Connect again after a pause."},
  };
  return rows;
}

CloseCode close_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::authentication_required:
    case ErrorCode::authentication_failed:
      return bad_credentials;
    case ErrorCode::insufficient_permissions:
      return forbidden;
    case ErrorCode::not_found:
      return unknown_session;
    case ErrorCode::rate_limited:
      return rate_limited;
    case ErrorCode::unavailable:
      return CloseCode::going_away;
    case ErrorCode::validation:
      return CloseCode::policy_violation;
    default:
      return CloseCode::internal_error;
  }
}

}  // namespace papi::events
