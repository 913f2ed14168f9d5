#pragma once

#include <string>
#include <vector>

#include "live/browser.hpp"
#include "live/sign_budget.hpp"
#include "live/sign_reply.hpp"
#include "live/tiktok_hosts.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"
#include "platform/log/logger.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// The one call that matters: get the fetch result that opens a socket (Webcast protocol §2.2). Lives on the
/// live thread.
class SignClient {
 public:
  struct Secrets {
    Secret api_key;
    Secret account;  // the cookies of Browser::account, where this sign server may see them
  };
  SignClient(HttpClient& http, const TikTokHosts& hosts, const Browser& browser, Secrets secrets,
             std::int64_t per_minute, Logger& log, const Clock& clock);

  /// Waits for the room's turn first. `cursor` of the last result seen, to resume; else empty. Errors:
  /// sign_rate_limited (details.retry_after in seconds), blocked, upstream_error, upstream_timeout, each with
  /// the server's own words in its details; unavailable after SignTurn::give_up().
  Task<Result<SignedFetch>> fetch(Executor executor, std::uint64_t room_id, std::string cursor,
                                  SignTurn& turn);
  bool must_wait() const { return budget_.must_wait(); }

 private:
  HttpCall call(std::string url) const;
  Task<Result<HttpReply>> ask(Executor executor, std::uint64_t room_id, std::string cursor);
  void log_refusal(const Error& error) const;

  HttpClient& http_;
  const TikTokHosts hosts_;
  const Browser browser_;
  const Secrets secrets_;
  const std::vector<Secret> never_shown_;
  Logger& log_;
  const Clock& clock_;
  SignBudget budget_;
  bool old_form_ = false;  // this signer knows only /webcast/fetch
};

}  // namespace papi::live
