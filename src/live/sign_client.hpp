#pragma once

#include <string>
#include <vector>

#include "events/ids.hpp"
#include "live/browser.hpp"
#include "live/sign_budget.hpp"
#include "live/sign_reply.hpp"
#include "live/tiktok_hosts.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"
#include "platform/log/logger.hpp"
#include "platform/net/http_client.hpp"

namespace papi::live {

/// Gets the signed fetch result that opens a socket, from the sign server (docs/webcast-protocol.md §2.2).
/// Lives on the live thread.
class SignClient {
 public:
  struct Secrets {
    Secret api_key;
    Secret account;  // Browser::account, or empty if this sign server must not see it
  };
  SignClient(HttpClient& http, const TikTokHosts& hosts, const Browser& browser, Secrets secrets,
             std::int64_t per_minute, Logger& log, const Clock& clock);

  /// First waits until the signature budget lets the room ask. `cursor` is that of the last result, to
  /// resume, or empty. Errors: sign_rate_limited (details.retry_after in seconds), blocked, upstream_error
  /// and upstream_timeout, each with the sign server's own words in its details; unavailable after
  /// SignWaiter::give_up().
  Task<Result<SignedFetch>> fetch(Executor executor, events::RoomId room_id, std::string cursor,
                                  SignWaiter& waiter);
  bool must_wait() const { return budget_.must_wait(); }
  SignBudgetView budget() const { return budget_.view(); }
  /// Returns how many rooms wait for a signature.
  std::size_t waiting() const { return budget_.waiting(); }

 private:
  HttpCall call(std::string url) const;
  Task<Result<HttpReply>> ask(Executor executor, events::RoomId room_id, std::string cursor);
  void log_refusal(const Error& error) const;

  HttpClient& http_;
  const TikTokHosts hosts_;
  const Browser browser_;
  const Secrets secrets_;
  const std::vector<Secret> never_shown_;
  Logger& log_;
  const Clock& clock_;
  SignBudget budget_;
  bool old_form_ = false;  // this sign server only knows /webcast/fetch
};

}  // namespace papi::live
