#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace papi {

/// Random numbers, passed in so that tests and the simulator can repeat them. Not for secrets. For one
/// thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  static Random from_system() {
    return Random((std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}());
  }

  std::uint64_t next() { return engine_(); }
  /// Returns a number from `low` to `high`, both included. All are equally likely.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(double probability) { return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < probability; }

 private:
  std::mt19937_64 engine_;
};

/// Returns `bytes` random bytes of the operating system.
std::string random_bytes(std::size_t bytes);

/// Returns `bytes` random bytes of the operating system, in hexadecimal.
std::string random_hex(std::size_t bytes);

/// Returns `bytes` random bytes of the operating system, in base64url without padding (RFC 4648 §5). For keys
/// and ids in URLs.
std::string random_base64url(std::size_t bytes);

/// Appends an id of 32 hexadecimal digits from a generator of the thread. It is unique but not secret
/// (correlation ids).
void append_unique_id(std::string& out);

}  // namespace papi
