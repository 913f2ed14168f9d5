#pragma once

#include <optional>
#include <string>

#include "platform/base/secret.hpp"

namespace papi::auth {

/// What keeps a PEM text from being one half of an RSA key pair for RS256 (RFC 7518 §3.3: 2048 bits or more);
/// or nothing.
std::optional<std::string> rsa_key_fault(const Secret& pem, bool private_half);

}  // namespace papi::auth
