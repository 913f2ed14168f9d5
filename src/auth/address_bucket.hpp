#pragma once

#include <string>
#include <string_view>

namespace papi::auth {

/// Returns what a limit per address counts: an IPv4 address, or the /64 of an IPv6 address, which is what one
/// subscriber of an internet provider has.
std::string address_bucket(std::string_view client_address);

}  // namespace papi::auth
