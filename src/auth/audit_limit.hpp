#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace papi::auth {

/// The network that records are counted for: the /24 of an IPv4 address, the /48 of an IPv6 one, which is
/// what one subscriber may have at the most. Anything else stands for itself.
std::string address_prefix(std::string_view client_address);

/// How many records of refusals are written in a minute, of one network and of all: who sends nonsense must
/// not fill the database. The rest is counted. One thread at a time.
class AuditLimit {
 public:
  static constexpr std::size_t per_prefix = 100;
  static constexpr std::size_t of_all = 3'000;
  static constexpr std::size_t max_prefixes = 5'000;  // of which it is known; the others share one count
  static constexpr std::size_t max_told = 20;

  using Time = std::chrono::steady_clock::time_point;
  /// Whether this record is written.
  bool take(std::string_view client_address, Time now);

  struct LeftOut {
    std::string prefix;  // empty: of several networks
    std::uint64_t records = 0;
  };
  /// What was not written in minutes that are over, the most first; each is told once.
  std::vector<LeftOut> take_left_out(Time now);
  /// When take_left_out() has something to tell; max() if nothing was left out.
  Time next_telling() const;

 private:
  struct Count {
    std::size_t written = 0;
    std::uint64_t left_out = 0;
  };
  void begin_minute(Time now);

  Time begun_{};
  std::size_t written_ = 0;
  bool any_left_out_ = false;
  std::unordered_map<std::string, Count> counts_;
  std::vector<LeftOut> over_;
};

}  // namespace papi::auth
