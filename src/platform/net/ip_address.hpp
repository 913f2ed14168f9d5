#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>

namespace papi {

/// An address as RFC 4291 §2.2 or RFC 6943 §3.1.1 ("strict") writes it, without brackets or port, and of IPv6
/// with a zone if it has one. The whole text is read: Asio's `make_address` stops at a zero byte.
std::optional<boost::asio::ip::address> parse_ip_address(std::string_view text);

}  // namespace papi
