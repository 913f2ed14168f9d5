#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>

namespace papi::http {

/// Counts the open connections of each client: of an IPv4 address, or of the /64 of an IPv6 address, which is
/// what one subscriber has (of the whole address if it is link-local). Any thread.
class AddressPlaces {
 public:
  class Place;

  /// `limit` 0: no limit.
  explicit AddressPlaces(std::size_t limit) : limit_(limit) {}

  struct Answer {
    std::unique_ptr<const Place> place;  // give it up by destroying it; nothing: the client has too many
    bool tell = false;                   // refused, and nobody was told of this client for a minute
  };
  Answer take(const boost::asio::ip::address& address, std::chrono::steady_clock::time_point now);
  std::size_t clients() const;

 private:
  using Key = boost::asio::ip::address_v6;
  struct Client {
    std::size_t open = 0;
    std::chrono::steady_clock::time_point told = std::chrono::steady_clock::time_point::min();
  };
  void give_back(const Key& key);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::map<Key, Client> clients_;  // with open connections only
};

class AddressPlaces::Place {
 public:
  Place(AddressPlaces& places, const Key& key) : places_(places), key_(key) {}
  ~Place() { places_.give_back(key_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  AddressPlaces& places_;
  const Key key_;
};

}  // namespace papi::http
