#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace papi::auth {

/// Returns the network that an address is counted under: the /24 of an IPv4 address, or the /48 of an IPv6
/// address, which is the most that one subscriber of an internet provider may have. Any other text is
/// returned unchanged.
std::string address_prefix(std::string_view client_address);

/// Limits how many failures the audit trail records in a minute, per network and in total, so that a client
/// that sends nonsense cannot fill the database. Failures above the limit are only counted. One thread at a
/// time.
class AuditLimit {
 public:
  static constexpr std::size_t per_prefix = 100;
  static constexpr std::size_t of_all = 3'000;
  static constexpr std::size_t max_prefixes = 5'000;  // counted separately; further networks share one count
  static constexpr std::size_t max_reported = 20;

  using Time = std::chrono::steady_clock::time_point;
  /// Counts the record. Returns true if it is to be written.
  bool take(std::string_view client_address, Time now);

  struct LeftOut {
    std::string prefix;  // empty: several networks together
    std::uint64_t records = 0;
  };
  /// Returns what was not written in the minutes that are over, the largest count first. Each is returned
  /// once. More than `max_reported` networks are summed in one entry.
  std::vector<LeftOut> take_left_out(Time now);
  /// Returns when take_left_out() will have something to return, or max() if no record was left out.
  Time next_report() const;

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
