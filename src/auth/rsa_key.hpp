#pragma once

#include <optional>
#include <string>

#include "platform/base/secret.hpp"

namespace papi::auth {

/// Checks that a PEM text is the private or the public half of an RSA key pair for RS256 (RFC 7518 §3.3: 2048
/// bits or more). Returns what is wrong with it, or nullopt.
std::optional<std::string> rsa_key_fault(const Secret& pem, bool private_half);

}  // namespace papi::auth
