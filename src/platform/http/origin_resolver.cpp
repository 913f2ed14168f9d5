#include "platform/http/origin_resolver.hpp"

#include "platform/http/prefix.hpp"

namespace papi::http {

void OriginResolver::resolve(Request& request, std::string_view peer, bool secure,
                             std::string& storage) const {
  request.client_address = peer;
  request.secure = secure;
  // Drop what the request before on this connection has set.
  request.origin_reported = false;
  request.forwarded_host = request.prefix = {};
  request.forwarded_port = 0;
  const bool by_proxy = proxies_.apply(peer, request, storage);
  request.from_near = is_near_caller(request);
  take_base_path(base_path_, request);
  const bool forwarded = !by_proxy && !request.header("x-forwarded-for").empty();
  if (!forwarded || warned_.load(std::memory_order_relaxed) || warned_.exchange(true)) return;
  log_.warning(
      "X-Forwarded-For is not believed: the peer is not in TRUSTED_PROXIES. If it is a proxy of yours, all "
      "its callers share one rate limit",
      {{"peer", peer}});
}

std::string peer_address(const boost::asio::ip::address& peer) {
  using namespace boost::asio::ip;
  if (!peer.is_v6() || !peer.to_v6().is_v4_mapped()) return peer.to_string();
  return make_address_v4(v4_mapped, peer.to_v6()).to_string();
}

}  // namespace papi::http
