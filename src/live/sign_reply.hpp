#pragma once

#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// A successful answer of the sign server. The body is a fetch result. Read it with read_fetch_result().
struct SignedFetch {
  std::string body;
  std::string cookies;  // of the signer's own request; for the socket's Cookie header
};

/// Sorts the sign server's answers into results and errors (docs/webcast-protocol.md §2.4). The details of an
/// error hold the sign server's own data: `sign_status` (HTTP), `code`, `message`, `limit_label`,
/// `request_id`, `reset_at`, and `retry_after` in seconds if a limit is reached. They are bounded, and each
/// of `secrets` in them is masked. `now` is needed for reset times that are given as a point in time.
Result<SignedFetch> read_sign_reply(HttpReply reply, UnixMs now, const std::vector<Secret>& secrets = {});

/// Returns how long the sign server asks to wait before the next request: after a 429, or because no
/// signatures remain. Returns zero if it does not ask for a wait.
std::chrono::milliseconds requested_pause(const HttpReply& reply, UnixMs now);

/// Parses `text` as a wait that starts at `now`: seconds, Unix seconds or milliseconds, an HTTP date or an
/// RFC 3339 time. Returns nullopt if it is none of these. Never negative.
std::optional<std::chrono::milliseconds> wait_in(std::string_view text, UnixMs now);

}  // namespace papi::live
