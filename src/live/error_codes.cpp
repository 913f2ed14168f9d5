#include "live/error_codes.hpp"

namespace papi::live::codes {

static_assert(user_not_found == ErrorCode::first_of_domain);

std::vector<http::ErrorRow> rows() {
  constexpr std::string_view name = "CONNECTION_ERROR";
  return {
      {user_not_found, 404, name, "user_not_found", "TikTok knows nobody of that name.", "Check the name."},
      {user_offline, 409, name, "user_offline", "The person is not live.",
       "Connect with `wait_until_live`, or later."},
      {ErrorCode::blocked, 502, name, "blocked",
       "TikTok or the sign server refuses us, or restricts the stream: `age_restricted`, `geo_blocked`.",
       "The message says what helps: another address, a session id, or waiting."},
      {ErrorCode::upstream_error, 502, name, "upstream_error", "TikTok or the sign server failed.",
       "Try again later."},
      {ErrorCode::upstream_timeout, 502, name, "upstream_timeout",
       "TikTok or the sign server did not answer in time.", "Try again later."},
      {sign_rate_limited, 503, name, "sign_rate_limited", "The sign server's limit is reached.",
       "Wait for `Retry-After` seconds, or use a key of your own for the sign server."},
  };
}

}  // namespace papi::live::codes
