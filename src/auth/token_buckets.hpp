#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/http/exchange.hpp"

namespace papi::auth {

/// So many requests in a window; a bucket of `burst` tokens fills at that pace. 0 requests: no limit.
struct RateLimit {
  std::int64_t requests = 100;
  std::int64_t window_seconds = 60;
  std::int64_t burst = 0;  // 0: as many as requests

  double capacity() const { return static_cast<double>(burst > 0 ? burst : requests); }
  double per_millisecond() const {
    return static_cast<double>(requests) / (1000.0 * static_cast<double>(window_seconds));
  }
};

/// Token buckets by name. Memory is bounded: a full bucket is the same as none, and where too many are not
/// full the one that was used longest ago is forgotten. Any thread.
class TokenBuckets {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `max_buckets` of all shards together.
  explicit TokenBuckets(std::size_t max_buckets = 131'072) : max_per_shard_(max_buckets / shard_count + 1) {}

  struct Taken {
    bool allowed = true;
    bool newly_refused = false;  // the first refusal since it last allowed something
    double tokens = 0;           // that are left
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
    std::list<Bucket> by_use;  // the newest first
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_name;
  };
  Shard& shard_of(std::string_view name);
  Bucket& use(Shard& shard, std::string_view name, const RateLimit& limit, Time now);
  void drop_full(Shard& shard, const RateLimit& limit, Time now);

  const std::size_t max_per_shard_;
  std::array<Shard, shard_count> shards_;
};

/// What the settings of a rule's limit begin with: RATE_LIMIT_API.
std::string settings_of(http::RateRule rule);

/// The headers' numbers for what was taken.
http::RateVerdict verdict_of(const TokenBuckets::Taken& taken, const RateLimit& limit, http::RateRule rule);

}  // namespace papi::auth
