#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>

namespace papi::http {

/// Counts the open connections of each client. A client is an IPv4 address, or the /64 of an IPv6 address,
/// which is what one subscriber of a network provider has. A link-local address counts as a whole. Any thread
/// may use it.
class ConnectionQuota {
 public:
  class Permit;

  /// `limit` 0: no limit.
  explicit ConnectionQuota(std::size_t limit) : limit_(limit) {}

  struct Answer {
    std::unique_ptr<const Permit> permit;  // release by destroying; nullptr: the client has too many
    bool log_it = false;                   // refused, and not logged for this client for a minute
  };
  Answer take(const boost::asio::ip::address& address, std::chrono::steady_clock::time_point now);
  std::size_t clients() const;

 private:
  using Key = boost::asio::ip::address_v6;
  struct Client {
    std::size_t open = 0;
    std::chrono::steady_clock::time_point logged_at = std::chrono::steady_clock::time_point::min();
  };
  void give_back(const Key& key);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::map<Key, Client> clients_;  // only clients with open connections
};

/// One open connection of a client. The quota must outlive it. Any thread may destroy it.
class ConnectionQuota::Permit {
 public:
  Permit(ConnectionQuota& quota, const Key& key) : quota_(quota), key_(key) {}
  ~Permit() { quota_.give_back(key_); }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;

 private:
  ConnectionQuota& quota_;
  const Key key_;
};

}  // namespace papi::http
