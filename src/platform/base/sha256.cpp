#include "platform/base/sha256.hpp"

#include <openssl/sha.h>

namespace papi {

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(64, '0');
  std::size_t at = 0;
  for (const std::uint8_t byte : sha256(bytes)) out[at++] = digits[byte >> 4], out[at++] = digits[byte & 15];
  return out;
}

}  // namespace papi
