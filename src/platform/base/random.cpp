#include "platform/base/random.hpp"

#include <sys/random.h>

#include <stdexcept>

#include "platform/base/text.hpp"

namespace papi {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

}  // namespace

std::string random_bytes(std::size_t bytes) {
  std::string raw(bytes, '\0');
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t n = getrandom(raw.data() + done, bytes - done, 0);
    if (n < 0) throw std::runtime_error("getrandom failed");
    done += static_cast<std::size_t>(n);
  }
  return raw;
}

std::string random_hex(std::size_t bytes) {
  const std::string raw = random_bytes(bytes);
  std::string out;
  out.reserve(bytes * 2);
  for (unsigned char byte : raw) {
    out += hex_digits[byte >> 4];
    out += hex_digits[byte & 15];
  }
  return out;
}

std::string random_base64url(std::size_t bytes) { return base64url(random_bytes(bytes)); }

void append_unique_id(std::string& out) {
  thread_local Random random = Random::from_system();
  char text[32];
  for (int half = 0; half < 2; ++half) {
    std::uint64_t bits = random.next();
    for (int i = 0; i < 16; ++i, bits >>= 4) text[half * 16 + i] = hex_digits[bits & 15];
  }
  out.append(text, sizeof text);
}

}  // namespace papi
