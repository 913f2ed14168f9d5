#include "platform/http/connection_quota.hpp"

#include <algorithm>

namespace papi::http {
namespace {

namespace ip = boost::asio::ip;
constexpr std::chrono::minutes between_log_lines{1};

ip::address_v6 client_of(const ip::address& address) {
  if (address.is_v4()) return ip::make_address_v6(ip::v4_mapped, address.to_v4());
  if (address.to_v6().is_v4_mapped()) return ip::make_address_v6(address.to_v6().to_bytes());
  auto bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_link_local()) return ip::make_address_v6(bytes);  // neighbours share that /64
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return ip::make_address_v6(bytes);
}

}  // namespace

ConnectionQuota::Answer ConnectionQuota::take(const ip::address& address,
                                              std::chrono::steady_clock::time_point now) {
  const Key key = client_of(address);
  std::lock_guard lock(mutex_);
  Client& client = clients_[key];
  Answer answer;
  if (limit_ == 0 || client.open < limit_) {
    answer.permit = std::make_unique<const Permit>(*this, key);
    ++client.open;
    return answer;
  }
  const bool never = client.logged_at == std::chrono::steady_clock::time_point::min();
  answer.log_it = never || now - client.logged_at >= between_log_lines;
  if (answer.log_it) client.logged_at = now;
  return answer;
}

void ConnectionQuota::give_back(const Key& key) {
  std::lock_guard lock(mutex_);
  const auto found = clients_.find(key);
  if (--found->second.open == 0) clients_.erase(found);
}

std::size_t ConnectionQuota::clients() const {
  std::lock_guard lock(mutex_);
  return clients_.size();
}

}  // namespace papi::http
