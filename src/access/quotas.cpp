#include "access/quotas.hpp"

#include "access/rate_rules.hpp"

namespace papi::quota {
namespace {

Error too_many_sockets(std::string_view scope, std::string_view setting, std::size_t limit) {
  constexpr std::chrono::seconds retry_after{30};  // when a socket closes, nobody knows
  return limit_exceeded(
      {.rule = "open sockets", .setting = std::string(setting), .limit = static_cast<std::int64_t>(limit)},
      retry_after,
      "At most " + std::to_string(limit) + " sockets and streams of one " + std::string(scope) +
          " at a time (" + std::string(setting) + "): close one first");
}

}  // namespace

std::string settings_of(http::RateRule rule) {
  std::string name = "RATE_LIMIT_";
  for (const char c : rate_rule::name_of(rule))
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

Error too_many_requests(const http::RateVerdict& verdict) {
  const std::string rule(rate_rule::name_of(verdict.rule));
  const std::string setting = settings_of(verdict.rule) + "_REQUESTS";
  return limit_exceeded({rule, setting, verdict.limit, verdict.window, verdict.remaining},
                        verdict.retry_after,
                        "Rate limit exceeded: rule '" + rule + "' allows " + std::to_string(verdict.limit) +
                            " requests in " + std::to_string(verdict.window.count()) + " s (" + setting +
                            "); try again in " + std::to_string(verdict.retry_after.count()) + " s");
}

Result<void> SessionQuota::check(std::size_t running, std::size_t running_of_caller) const {
  if (running >= of_all) {
    return Error(ErrorCode::unavailable,
                 "Too many sessions: at most " + std::to_string(of_all) + " run at once");
  }
  if (running_of_caller < of_caller) return {};
  constexpr std::chrono::seconds retry_after{60};  // when a session ends, nobody knows
  const std::string setting(sessions_per_key_setting);
  return limit_exceeded(
      {.rule = "running sessions", .setting = setting, .limit = static_cast<std::int64_t>(of_caller)},
      retry_after,
      "At most " + std::to_string(of_caller) + " sessions of one key run at once (" + setting +
          "): disconnect one first");
}

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
  if (of(by_caller_, caller) >= limits_.per_caller)
    return {nullptr, "key", too_many_sockets("key", sockets_per_key_setting, limits_.per_caller)};
  if (of(by_address_, address) >= limits_.per_address) {
    return {nullptr, "address",
            too_many_sockets("address", sockets_per_address_setting, limits_.per_address)};
  }
  auto permit = std::make_shared<const HeldPermit>(*this, caller, address);
  ++by_caller_[caller];
  ++by_address_[address];
  ++open_;
  return {std::move(permit), {}, {}};
}

void SocketQuota::close(const std::string& caller, const std::string& address) {
  std::lock_guard lock(mutex_);
  const auto take = [](auto& counts, const std::string& name) {
    const auto found = counts.find(name);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  };
  take(by_caller_, caller);
  take(by_address_, address);
  --open_;
}

std::size_t SocketQuota::count() const {
  std::lock_guard lock(mutex_);
  return open_;
}

std::size_t SocketQuota::count_of(const std::string& caller) const {
  std::lock_guard lock(mutex_);
  const auto found = by_caller_.find(caller);
  return found == by_caller_.end() ? 0 : found->second;
}

}  // namespace papi::quota
