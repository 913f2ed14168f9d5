#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/http/message.hpp"

namespace papi::http {

/// The reverse proxies whose X-Forwarded-* headers are believed, as addresses or CIDR networks. Everybody
/// else's are what they are: words of the caller.
class TrustedProxies {
 public:
  static Result<TrustedProxies> parse(std::string_view list);
  bool empty() const { return networks_.empty(); }
  /// Whether a network among them is as wide as the Internet, or an eighth of it.
  bool trusts_everybody() const;

  /// For a request that came from `peer`: sets its client address to the right-most hop of X-Forwarded-For
  /// that is no proxy of ours (what stands left of it anybody may have written). The address is written out
  /// anew into `storage`, which lives as long as the request: one caller has one spelling. Sets `secure`,
  /// `forwarded_host`, `forwarded_port` and `prefix` to the last word of X-Forwarded-Proto, -Host, -Port and
  /// -Prefix. Returns false if `peer` is no proxy of ours.
  bool apply(std::string_view peer, Request& request, std::string& storage) const;

  bool trusts(const boost::asio::ip::address& address) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 base;
    unsigned bits = 128;
  };
  std::vector<Network> networks_;
};

/// Whether `request`, whose client address is settled, was made on this machine or in a private network. What
/// somebody has passed on (`Forwarded`, `X-Forwarded-*`, `X-Real-IP`, `Via`) comes from anywhere, unless a
/// proxy of ours says from where.
bool is_near_caller(const Request& request);

}  // namespace papi::http
