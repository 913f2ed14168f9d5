#pragma once

#include <boost/asio/ip/address.hpp>

namespace papi {

/// Returns true if the address is a public one of the Internet. Private, loopback, link-local, metadata,
/// documentation, multicast and other special addresses are not public (IANA's special-purpose registries,
/// RFC 6890). An IPv6 address that carries an IPv4 address cannot hide one of these: a mapped address is
/// judged by its IPv4 address, all other such forms are not public.
bool is_public(const boost::asio::ip::address& address);

/// Returns true if the address belongs to this machine or to a private network: loopback, RFC 1918, unique
/// local (RFC 4193) or link-local.
bool is_near(const boost::asio::ip::address& address);

}  // namespace papi
