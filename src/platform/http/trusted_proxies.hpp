#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// The reverse proxies whose X-Forwarded-* headers are trusted, as addresses or CIDR networks. Such headers
/// of anybody else are ignored.
class TrustedProxies {
 public:
  /// Reads addresses and networks separated by commas. Fails with VALIDATION at the first malformed entry.
  static Result<TrustedProxies> parse(std::string_view list);
  bool empty() const { return networks_.empty(); }
  /// Returns true if one of the networks is an eighth of the Internet's address space or more.
  bool trusts_everybody() const;

  /// Reads the X-Forwarded-* headers of a request that came from `peer`. The client address becomes the
  /// right-most hop of X-Forwarded-For that is not a trusted proxy: a client may have written everything to
  /// its left. If all hops are trusted proxies, it becomes the left-most. The address is written in one
  /// canonical spelling into `storage`, which must live as long as the request. `secure`, `forwarded_host`,
  /// `forwarded_port` and `prefix` become the last values of X-Forwarded-Proto, -Host, -Port and -Prefix;
  /// malformed values are ignored. Returns false, and changes nothing, if `peer` is not a trusted proxy.
  bool apply(const boost::asio::ip::address& peer, Request& request, std::string& storage) const;

  bool trusts(const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 base;
    unsigned bits = 128;
  };
  std::vector<Network> networks_;
};

/// Returns true if `request` was made on this machine or in a private network. Call it after
/// TrustedProxies::apply(). `near_peer` says whether the other end of the connection is there. A request that
/// was passed on (`Forwarded`, `X-Forwarded-*`, `X-Real-IP`, `Via`) counts as coming from anywhere, unless a
/// trusted proxy says from where.
bool is_near_caller(const Request& request, bool near_peer);

}  // namespace papi::http
