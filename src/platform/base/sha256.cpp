#include "platform/base/sha256.hpp"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <stdexcept>

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
  for (const std::uint8_t byte : sha256(bytes)) {
    out[at++] = digits[byte >> 4];
    out[at++] = digits[byte & 15];
  }
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  std::string out(32, '\0');
  unsigned int size = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                          reinterpret_cast<unsigned char*>(out.data()), &size);
  if (!made || size != out.size()) throw std::runtime_error("HMAC-SHA-256 failed");
  return out;
}

}  // namespace papi
