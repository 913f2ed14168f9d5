#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace papi {

/// Returns the SHA-256 digest (FIPS 180-4).
std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// Returns the SHA-256 digest as 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// Returns the 32 bytes of HMAC-SHA-256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace papi
