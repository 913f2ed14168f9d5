#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace papi {

/// SHA-256 (FIPS 180-4).
std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// The same in 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104), 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view message);

}  // namespace papi
