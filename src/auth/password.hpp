#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/secret.hpp"

namespace papi::auth {

/// A password has 8 to 128 characters, none that RFC 8265 forbids, is not a common password and does not
/// contain `username`. As ASVS 5.0 §6.2 says, there are no rules of composition and no truncation. Returns
/// what is wrong with it, or nullopt. Passwords are compared as RFC 8265 says (opaque_string()), so that the
/// same password matches even if two systems encode it differently.
std::optional<std::string> password_fault(const Secret& password, std::string_view username);

/// Whether the password is a well-known word or a row of keys, also with the usual added digits and signs and
/// with the usual replaced letters.
bool is_common_password(std::string_view password);

/// Argon2id (RFC 9106) with 64 MiB and two passes, in libsodium's text form, which contains the parameters
/// and the salt. Takes about 100 ms: never call it on an io thread. Both functions prepare the password
/// (opaque_string()).
std::string hash_password(const Secret& password);
bool password_matches(const std::string& hash, const Secret& password);
/// A hash with the same parameters, for which no password is known. It is verified for an unknown user, so
/// that the answer takes the same time.
const std::string& nobodys_hash();

}  // namespace papi::auth
