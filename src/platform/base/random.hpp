#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace papi {

/// Chance is passed in, so that tests and the simulator can repeat it. Not for secrets. One thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  static Random from_system() {
    return Random((std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}());
  }

  std::uint64_t next() { return engine_(); }
  /// Uniform in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(double probability) { return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < probability; }

 private:
  std::mt19937_64 engine_;
};

/// `bytes` of the operating system's randomness.
std::string random_bytes(std::size_t bytes);

/// `bytes` of the operating system's randomness, in hexadecimal.
std::string random_hex(std::size_t bytes);

/// `bytes` of the same in base64url without padding (RFC 4648 §5): for keys and ids in URLs.
std::string random_base64url(std::size_t bytes);

/// A 32-digit id that is unique but not secret (correlation ids), from a per-thread generator.
void append_unique_id(std::string& out);

}  // namespace papi
