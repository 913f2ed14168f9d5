#pragma once

#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// A good answer of the sign server: the body is a FetchResult, to be read with read_fetch_result().
struct SignedFetch {
  std::string body;
  std::string cookies;  // for the socket's Cookie header: those that the signer used
};

/// Sorts the sign server's answers (Webcast protocol §2.4). An error's details hold what the server said:
/// `sign_status` (HTTP), `code`, `message`, `limit_label`, `request_id`, `reset_at`, and `retry_after` in
/// seconds where a limit is reached. They are bounded, and each of `secrets` in them is masked. `now` is for
/// reset times given as a point in time.
Result<SignedFetch> read_sign_reply(HttpReply reply, UnixMs now, const std::vector<Secret>& secrets = {});

/// How long the server says to wait before the next request: after a 429, or because what remains is 0. Zero:
/// it says nothing of the kind.
std::chrono::milliseconds told_pause(const HttpReply& reply, UnixMs now);

/// `text` as a wait from `now` on: seconds, Unix seconds or milliseconds, an HTTP date or an RFC 3339 time;
/// nothing where it is none. Never negative.
std::optional<std::chrono::milliseconds> wait_in(std::string_view text, UnixMs now);

}  // namespace papi::live
