#include "platform/http/address_places.hpp"

#include <algorithm>

namespace papi::http {
namespace {

namespace ip = boost::asio::ip;
constexpr std::chrono::minutes between_telling{1};

ip::address_v6 client_of(const ip::address& address) {
  if (address.is_v4()) return ip::make_address_v6(ip::v4_mapped, address.to_v4());
  if (address.to_v6().is_v4_mapped()) return ip::make_address_v6(address.to_v6().to_bytes());
  auto bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_link_local()) return ip::make_address_v6(bytes);  // neighbours share that network
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return ip::make_address_v6(bytes);
}

}  // namespace

AddressPlaces::Answer AddressPlaces::take(const ip::address& address,
                                          std::chrono::steady_clock::time_point now) {
  const Key key = client_of(address);
  std::lock_guard lock(mutex_);
  Client& client = clients_[key];
  Answer answer;
  if (limit_ == 0 || client.open < limit_) {
    answer.place = std::make_unique<const Place>(*this, key);
    ++client.open;
    return answer;
  }
  const bool never = client.told == std::chrono::steady_clock::time_point::min();
  answer.tell = never || now - client.told >= between_telling;
  if (answer.tell) client.told = now;
  return answer;
}

void AddressPlaces::give_back(const Key& key) {
  std::lock_guard lock(mutex_);
  const auto found = clients_.find(key);
  if (--found->second.open == 0) clients_.erase(found);
}

std::size_t AddressPlaces::clients() const {
  std::lock_guard lock(mutex_);
  return clients_.size();
}

}  // namespace papi::http
