#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace papi {

/// Reads an IP address as RFC 4291 §2.2 or RFC 6943 §3.1.1 ("strict") writes it, without brackets or port. An
/// IPv6 address may have a zone. Returns nullopt for any other text. A zero byte makes the text malformed;
/// Asio's `make_address` would stop reading there.
std::optional<boost::asio::ip::address> parse_ip_address(std::string_view text);

/// Returns `host:port` as it stands in a URL (RFC 3986 §3.2.2). An IPv6 address is put in brackets, its zone
/// behind %25 (RFC 6874).
std::string host_and_port(std::string_view host, std::uint16_t port);
/// As host_and_port(), for a client on this machine: 127.0.0.1 replaces a host that means every address.
std::string local_host_and_port(std::string_view host, std::uint16_t port);

}  // namespace papi
