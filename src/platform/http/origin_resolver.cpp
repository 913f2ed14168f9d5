#include "platform/http/origin_resolver.hpp"

#include "platform/http/prefix.hpp"
#include "platform/net/public_address.hpp"

namespace papi::http {
namespace {

namespace ip = boost::asio::ip;

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

}  // namespace

Peer::Peer(const ip::address& from)
    : address(unmapped(from)), text(address.to_string()), near(is_near(address)) {}

void OriginResolver::resolve(Request& request, const Peer& peer, bool secure, std::string& storage) const {
  request.client_address = peer.text;
  request.secure = secure;
  // Drop what the request before on this connection has set.
  request.origin_reported = false;
  request.forwarded_host = request.prefix = {};
  request.forwarded_port = 0;
  const bool by_proxy = proxies_.apply(peer.address, request, storage);
  request.from_near = is_near_caller(request, peer.near);
  take_base_path(base_path_, request);
  const bool forwarded = !by_proxy && !request.header("x-forwarded-for").empty();
  if (!forwarded || warned_.load(std::memory_order_relaxed) || warned_.exchange(true)) return;
  log_.warning(
      "X-Forwarded-For is not believed: the peer is not in TRUSTED_PROXIES. If it is a proxy of yours, all "
      "its callers share one rate limit",
      {{"peer", peer.text}});
}

}  // namespace papi::http
