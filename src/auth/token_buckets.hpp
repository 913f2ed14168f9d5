#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace papi::auth {

/// At most `requests` in `window`. The token bucket holds `burst` tokens and refills at that rate. If
/// `requests` is 0, there is no limit.
struct RateLimit {
  std::int64_t requests = 100;
  std::chrono::seconds window{60};
  std::int64_t burst = 0;  // 0: the same as `requests`

  double capacity() const { return static_cast<double>(burst > 0 ? burst : requests); }
  double per_millisecond() const {
    return static_cast<double>(requests) / (1000.0 * static_cast<double>(window.count()));
  }
};

/// Token buckets by name. Memory is bounded: a full bucket need not be stored, and if there are too many
/// others, the one that was used longest ago is dropped. Any thread.
class TokenBuckets {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `max_buckets`: of all shards together.
  explicit TokenBuckets(std::size_t max_buckets = 131'072) : max_per_shard_(max_buckets / shard_count + 1) {}

  struct Taken {
    bool allowed = true;
    bool newly_refused = false;  // the first refusal since the bucket last allowed a request
    double tokens = 0;           // that are left in the bucket
  };
  Taken take(std::string_view name, const RateLimit& limit, Time now);

  std::size_t size() const;

 private:
  static constexpr std::size_t shard_count = 16;
  struct Bucket {
    std::string name;
    double tokens = 0;
    Time updated;
    bool refusing = false;
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Bucket> by_use;  // most recently used first
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name;
  };
  Shard& shard_of(std::string_view name);
  Bucket& use(Shard& shard, std::string_view name, const RateLimit& limit, Time now);
  void drop_full(Shard& shard, const RateLimit& limit, Time now);

  const std::size_t max_per_shard_;
  std::array<Shard, shard_count> shards_;
};

}  // namespace papi::auth
