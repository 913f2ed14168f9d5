#include "auth/open_sockets.hpp"

#include "platform/http/route_table.hpp"

namespace papi::auth {

class OpenSockets::Held {
 public:
  Held(OpenSockets& sockets, std::string caller, std::string address)
      : sockets_(sockets), caller_(std::move(caller)), address_(std::move(address)) {}
  ~Held() { sockets_.close(caller_, address_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  OpenSockets& sockets_;
  const std::string caller_, address_;
};

OpenSockets::Answer OpenSockets::open(const std::string& caller, const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto of = [](const auto& counts, const std::string& name) {
    const auto found = counts.find(name);
    return found == counts.end() ? std::size_t{0} : found->second;
  };
  if (of(by_caller_, caller) >= limits_.per_caller) return {nullptr, "key", limits_.per_caller};
  if (of(by_address_, address) >= limits_.per_address) return {nullptr, "address", limits_.per_address};
  auto place = std::make_shared<const Held>(*this, caller, address);
  ++by_caller_[caller], ++by_address_[address], ++open_;
  return {std::move(place), {}, 0};
}

void OpenSockets::close(const std::string& caller, const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto take = [](auto& counts, const std::string& name) {
    const auto found = counts.find(name);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  };
  take(by_caller_, caller), take(by_address_, address), --open_;
}

std::size_t OpenSockets::count() const {
  std::lock_guard lock(mutex_);
  return open_;
}

std::optional<Error> LimitSockets::enter(http::Exchange& exchange) const {
  if (!exchange.route || !exchange.route->stays_open) return std::nullopt;
  auto answer = sockets_.open(exchange.caller.bucket(), address_bucket(exchange.request.client_address));
  if (answer.place) {
    exchange.held = std::move(answer.place);
    return std::nullopt;
  }
  const std::string reason = "open sockets of one " + std::string(answer.whose);
  audit_.record(record_of(exchange, AuditKind::rate_limit, false, reason));
  log_.warning("Rate limit exceeded", {{"rule", "open sockets"},
                                       {"client_ip", exchange.request.client_address},
                                       {"username", exchange.caller.username},
                                       {"endpoint", exchange.route->endpoint},
                                       {"correlation_id", exchange.correlation_id}});
  const std::string_view setting =
      answer.whose == "address" ? "WEBSOCKET_MAX_PER_ADDRESS" : "WEBSOCKET_MAX_PER_KEY";
  json::object details;
  details["rule"] = "open sockets", details["setting"] = setting;
  details["limit"] = static_cast<std::int64_t>(answer.most), details["remaining"] = 0;
  details["window"] = 0, details["retry_after"] = 30;
  return Error(ErrorCode::rate_limited,
               "At most " + std::to_string(answer.most) + " sockets and streams of one " +
                   std::string(answer.whose) + " at a time (" + std::string(setting) + "): close one first",
               std::move(details));
}

}  // namespace papi::auth
