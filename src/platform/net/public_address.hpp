#pragma once

#include <boost/asio/ip/address.hpp>

namespace papi {

/// Whether an address is anybody's on the Internet: no private, loopback, link-local, metadata,
/// documentation, multicast or otherwise special one (IANA's special-purpose registries, RFC 6890), also not
/// inside an IPv6 address that carries one.
bool is_public(const boost::asio::ip::address& address);

/// Whether an address is of this machine or of a private network: loopback, RFC 1918, unique local (RFC 4193)
/// or link-local.
bool is_near(const boost::asio::ip::address& address);

}  // namespace papi
