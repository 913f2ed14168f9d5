#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace papi {

/// An address as RFC 4291 §2.2 or RFC 6943 §3.1.1 ("strict") writes it, without brackets or port, and of IPv6
/// with a zone if it has one. The whole text is read: Asio's `make_address` stops at a zero byte.
std::optional<boost::asio::ip::address> parse_ip_address(std::string_view text);

/// `host:port` as a URL has it (RFC 3986 §3.2.2): an IPv6 address stands in brackets, its zone behind %25
/// (RFC 6874).
std::string host_and_port(std::string_view host, std::uint16_t port);
/// The same, for a client on this machine: 127.0.0.1 if the host means every address.
std::string local_host_and_port(std::string_view host, std::uint16_t port);

}  // namespace papi
