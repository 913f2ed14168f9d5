#pragma once

#include <string>

#include "live/browser.hpp"
#include "live/room_lookup.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// A good answer of the sign server: the body is a FetchResult, to be read with read_fetch_result().
struct SignedFetch {
  std::string body;
  std::string cookies;  // for the socket's Cookie header: those that the signer used
};

/// Sorts the sign server's answers (dossier §2.4). `now` is for reset times given as a point in time.
Result<SignedFetch> read_sign_reply(HttpReply reply, UnixMs now);

/// The one call that matters: get the fetch result that opens a socket (dossier §2.2).
class SignClient {
 public:
  struct Secrets {
    Secret api_key;
    Secret account;  // the cookies of Browser::account, where this sign server may see them
  };
  SignClient(HttpClient& http, const TikTokHosts& hosts, const Browser& browser, Secrets secrets,
             const Clock& clock)
      : http_(http), hosts_(hosts), browser_(browser), secrets_(std::move(secrets)), clock_(clock) {}

  /// `cursor` of the last result seen, to resume; else empty. Errors: sign_rate_limited (details.retry_after
  /// in seconds), blocked, upstream_error, upstream_timeout.
  Task<Result<SignedFetch>> fetch(Executor executor, std::uint64_t room_id, std::string cursor);

 private:
  HttpCall call(std::string url) const;

  HttpClient& http_;
  const TikTokHosts hosts_;
  const Browser browser_;
  const Secrets secrets_;
  const Clock& clock_;
  bool old_form_ = false;  // this signer knows only /webcast/fetch
};

}  // namespace papi::live
