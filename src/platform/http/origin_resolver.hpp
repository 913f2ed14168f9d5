#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "platform/http/trusted_proxies.hpp"
#include "platform/log/logger.hpp"

namespace papi::http {

/// The other end of a connection. It is the same for all requests of the connection, so it is looked at once.
struct Peer {
  /// An IPv4 address that is mapped into IPv6 becomes IPv4.
  explicit Peer(const boost::asio::ip::address& from);

  boost::asio::ip::address address;
  std::string text;   // the address as it is logged
  bool near = false;  // on this machine or in a private network
};

/// Says where a request comes from and how its caller reaches this service: the socket tells it, or a trusted
/// proxy. One for all connections of a server. Any thread may call it. `log` must outlive it.
class OriginResolver {
 public:
  /// `base_path` is a prefix of read_prefix() under which the routes answer too.
  OriginResolver(TrustedProxies proxies, std::string base_path, Logger& log)
      : proxies_(std::move(proxies)), base_path_(std::move(base_path)), log_(log) {}

  /// Fills the fields of `request` that say from where and over which names it came; each of them is set,
  /// also in a Request that is used again. `secure` says whether the connection has TLS. The request gets
  /// views into `peer`, `storage` and this object: they must live as long. A malformed X-Forwarded-* value is
  /// ignored. If a peer that is not trusted sends X-Forwarded-For, that is ignored too and logged once.
  void resolve(Request& request, const Peer& peer, bool secure, std::string& storage) const;
  void resolve(Request&, Peer&&, bool, std::string&) const = delete;  // the views would dangle

 private:
  const TrustedProxies proxies_;
  const std::string base_path_;
  Logger& log_;
  mutable std::atomic<bool> warned_{false};
};

}  // namespace papi::http
