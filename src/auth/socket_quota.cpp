#include "auth/socket_quota.hpp"

#include "auth/address_bucket.hpp"
#include "platform/http/route_table.hpp"

namespace papi::auth {

class SocketQuota::HeldPermit {
 public:
  HeldPermit(SocketQuota& sockets, std::string caller, std::string address)
      : sockets_(sockets), caller_(std::move(caller)), address_(std::move(address)) {}
  ~HeldPermit() { sockets_.close(caller_, address_); }
  HeldPermit(const HeldPermit&) = delete;
  HeldPermit& operator=(const HeldPermit&) = delete;

 private:
  SocketQuota& sockets_;
  const std::string caller_, address_;
};

SocketQuota::Answer SocketQuota::open(const std::string& caller, const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto of = [](const auto& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? std::size_t{0} : found->second;
  };
  if (of(by_caller_, caller) >= limits_.per_caller) return {nullptr, "key", limits_.per_caller};
  if (of(by_address_, address) >= limits_.per_address) return {nullptr, "address", limits_.per_address};
  auto permit = std::make_shared<const HeldPermit>(*this, caller, address);
  ++by_caller_[caller], ++by_address_[address], ++open_;
  return {std::move(permit), {}, 0};
}

void SocketQuota::close(const std::string& caller, const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto take = [](auto& counts, const std::string& name) {
    const auto found = counts.find(name);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  };
  take(by_caller_, caller), take(by_address_, address), --open_;
}

std::size_t SocketQuota::count() const {
  std::lock_guard lock(mutex_);
  return open_;
}

std::optional<Error> LimitSockets::enter(http::Exchange& exchange) const {
  if (!exchange.route || !exchange.route->long_lived) return std::nullopt;
  auto answer = sockets_.open(exchange.caller.bucket(), address_bucket(exchange.request.client_address));
  if (answer.permit) {
    exchange.kept_alive = std::move(answer.permit);
    return std::nullopt;
  }
  const std::string reason = "open sockets of one " + std::string(answer.scope);
  audit_.record(record_of(actor_of(exchange), AuditKind::rate_limit, false, reason));
  log_.warning("Rate limit exceeded", {{"rule", "open sockets"},
                                       {"client_ip", exchange.request.client_address},
                                       {"username", exchange.caller.username},
                                       {"endpoint", exchange.route->endpoint},
                                       {"correlation_id", exchange.correlation_id}});
  const std::string_view setting =
      answer.scope == "address" ? "WEBSOCKET_MAX_PER_ADDRESS" : "WEBSOCKET_MAX_PER_KEY";
  constexpr std::int64_t retry_after = 30;  // when a socket closes, nobody knows
  return limit_exceeded({.rule = "open sockets",
                         .setting = std::string(setting),
                         .limit = static_cast<std::int64_t>(answer.limit)},
                        retry_after,
                        "At most " + std::to_string(answer.limit) + " sockets and streams of one " +
                            std::string(answer.scope) + " at a time (" + std::string(setting) +
                            "): close one first");
}

}  // namespace papi::auth
