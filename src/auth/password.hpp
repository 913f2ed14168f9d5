#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/base/secret.hpp"

namespace papi::auth {

/// 8–128 characters, and not one of those that are tried first (ASVS 5.0, 6.2: no rules of composition, no
/// truncation). What is wrong with it, or nothing. Passwords are compared as RFC 8265 says (opaque_string()),
/// so that the same one, typed on two systems, is one.
std::optional<std::string> password_fault(const Secret& password, std::string_view username);

/// Whether it is a well-known word or row of keys, also with the usual digits, signs and replaced letters.
bool is_common_password(std::string_view password);

/// Argon2id (RFC 9106) with 64 MiB and two passes, in libsodium's text form, which names its parameters and
/// salt. Takes some 100 ms: never on an io thread. Both prepare the password.
std::string hash_password(const Secret& password);
bool password_matches(const std::string& hash, const Secret& password);
/// A hash with the same parameters that no password is known for: who is unknown costs the same time.
const std::string& nobodys_hash();

}  // namespace papi::auth
