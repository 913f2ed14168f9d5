#include "platform/http/trusted_proxies.hpp"

#include <algorithm>

#include "platform/base/text.hpp"
#include "platform/http/prefix.hpp"
#include "platform/http/request_target.hpp"
#include "platform/net/ip_address.hpp"
#include "platform/net/public_address.hpp"

namespace papi::http {
namespace {

namespace ip = boost::asio::ip;

/// Maps IPv4 addresses into IPv6, so that there is one kind of network.
ip::address_v6 wide(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

bool within(const ip::address_v6& address, const ip::address_v6& base, unsigned bits) {
  const auto a = address.to_bytes(), b = base.to_bytes();
  for (unsigned i = 0; i < 16 && bits > 0; ++i) {
    const unsigned here = std::min(8u, bits);
    const unsigned mask = 0xFFu << (8 - here) & 0xFFu;
    if ((a[i] & mask) != (b[i] & mask)) return false;
    bits -= here;
  }
  return true;
}

/// Reads an address as proxies write it: `1.2.3.4`, `1.2.3.4:567`, `::1`, `[::1]:567`.
std::optional<ip::address> parse_hop(std::string_view text) {
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  return parse_ip_address(text);
}

/// Returns the last element of the list-valued header `name`, which the nearest proxy wrote.
std::string_view last_word(const Request& request, std::string_view name) {
  for (auto field = request.headers.rbegin(); field != request.headers.rend(); ++field) {
    if (equals_ignoring_case(field->name, name))
      return trim(field->value.substr(field->value.rfind(',') + 1));
  }
  return {};
}

/// Returns an address without its scope, which is local to the proxy. A mapped IPv4 address becomes plain
/// IPv4.
std::string spelled(const ip::address& address) {
  if (address.is_v4()) return address.to_string();
  auto v6 = address.to_v6();
  v6.scope_id(0);
  return v6.is_v4_mapped() ? ip::make_address_v4(ip::v4_mapped, v6).to_string() : v6.to_string();
}

/// Sets how the caller reached this service, as the nearest proxy reports. A malformed value is ignored.
void take_public_address(Request& request) {
  // Some proxies (Traefik) send the scheme of a WebSocket.
  const std::string proto = to_lower_ascii(last_word(request, "x-forwarded-proto"));
  if (proto == "https" || proto == "wss") request.secure = true;
  if (proto == "http" || proto == "ws") request.secure = false;
  const std::string_view host = last_word(request, "x-forwarded-host");
  if (!authority_fault(host)) request.forwarded_host = host;
  const auto port = parse_uint(last_word(request, "x-forwarded-port"));
  if (port && *port <= 65'535) request.forwarded_port = static_cast<std::uint16_t>(*port);
  request.prefix = read_prefix(last_word(request, "x-forwarded-prefix")).value_or(std::string_view());
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
  TrustedProxies out;
  for (const std::string_view part : split(list, ',')) {
    const std::string_view text = trim(part);
    if (text.empty()) continue;
    const auto slash = text.find('/');
    const auto address = parse_ip_address(text.substr(0, slash));
    const unsigned width = address && address->is_v4() ? 32 : 128;
    const auto bits = slash == std::string_view::npos ? std::optional<std::int64_t>(width)
                                                      : parse_int(text.substr(slash + 1));
    if (!address || !bits || *bits < 0 || *bits > width)
      return Error(ErrorCode::validation,
                   "'" + std::string(text) + "' is no address or network such as 10.0.0.0/8");
    out.networks_.push_back({wide(*address), 128 - width + static_cast<unsigned>(*bits)});
  }
  return out;
}

bool TrustedProxies::trusts_everybody() const {
  constexpr unsigned eighth = 3;  // bits; 2000::/3 is all of IPv6 that is allocated
  return std::any_of(networks_.begin(), networks_.end(), [](const Network& network) {
    const bool v4 = network.bits >= 96 && network.base.is_v4_mapped();
    return network.bits - (v4 ? 96 : 0) <= eighth;
  });
}

bool TrustedProxies::trusts(const ip::address& address) const {
  const ip::address_v6 looked_at = wide(address);
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& network) { return within(looked_at, network.base, network.bits); });
}

bool is_near_caller(const Request& request, bool near_peer) {
  if (request.origin_reported) {
    const auto address = parse_ip_address(request.client_address);
    return address && is_near(*address);
  }
  if (!near_peer) return false;
  const bool passed_on =
      std::any_of(request.headers.begin(), request.headers.end(), [](const Header& header) {
        constexpr std::string_view family = "x-forwarded-";
        for (const std::string_view name : {"forwarded", "via", "x-real-ip"}) {
          if (equals_ignoring_case(header.name, name)) return true;
        }
        return equals_ignoring_case(header.name.substr(0, family.size()), family);
      });
  return !passed_on;
}

bool TrustedProxies::apply(const ip::address& peer, Request& request, std::string& storage) const {
  if (networks_.empty() || !trusts(peer)) return false;
  take_public_address(request);
  bool hops_reported = false;
  // All X-Forwarded-For fields are one list, in order (RFC 9110 §5.3). It is read from the right.
  for (auto field = request.headers.rbegin(); field != request.headers.rend(); ++field) {
    if (!equals_ignoring_case(field->name, "x-forwarded-for")) continue;
    const auto hops = split(field->value, ',');
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
      const auto address = parse_hop(trim(*hop));
      if (!address) return true;  // hops to the left of a malformed one cannot be trusted
      storage = spelled(*address);
      request.client_address = storage;
      hops_reported = true;
      if (!trusts(*address)) return request.origin_reported = true;
    }
  }
  request.origin_reported = hops_reported;
  return true;
}

}  // namespace papi::http
