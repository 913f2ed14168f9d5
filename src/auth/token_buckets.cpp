#include "auth/token_buckets.hpp"

#include <algorithm>
#include <utility>

namespace papi::auth {

TokenBuckets::Shard& TokenBuckets::shard_of(std::string_view name) {
  return shards_[std::hash<std::string_view>{}(name) % shard_count];
}

TokenBuckets::Bucket& TokenBuckets::use(Shard& shard, std::string_view name, const RateLimit& limit,
                                        Time now) {
  const auto found = shard.by_name.find(name);
  if (found == shard.by_name.end()) {
    shard.by_use.push_front(Bucket{std::string(name), limit.capacity(), now, false});
    shard.by_name.emplace(shard.by_use.front().name, shard.by_use.begin());
    drop_full(shard, limit, now);
    return shard.by_use.front();
  }
  shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second);
  Bucket& bucket = shard.by_use.front();
  const auto passed = std::chrono::duration<double, std::milli>(now - bucket.updated).count();
  if (passed > 0) {
    bucket.tokens = std::min(limit.capacity(), bucket.tokens + passed * limit.per_millisecond());
    bucket.updated = now;
  }
  return bucket;
}

/// Drops from the least recently used end: at most two buckets that must be full by now, and all above the
/// bound.
void TokenBuckets::drop_full(Shard& shard, const RateLimit& limit, Time now) {
  const auto drop_last = [&shard] {
    shard.by_name.erase(shard.by_use.back().name);
    shard.by_use.pop_back();
  };
  // Windows differ by rule. In practice every bucket is full after an hour. A bucket of this rule is full
  // after `full_after`.
  const auto full_after = std::chrono::milliseconds(
      static_cast<std::int64_t>(limit.capacity() / std::max(1e-9, limit.per_millisecond())));
  const auto idle = std::max(std::chrono::milliseconds(std::chrono::hours(1)), full_after);
  for (int i = 0; i < 2 && shard.by_use.size() > 1 && now - shard.by_use.back().updated > idle; ++i)
    drop_last();
  while (shard.by_use.size() > max_per_shard_) drop_last();
}

TokenBuckets::Taken TokenBuckets::take(std::string_view name, const RateLimit& limit, Time now) {
  Shard& shard = shard_of(name);
  std::lock_guard lock(shard.mutex);
  Bucket& bucket = use(shard, name, limit, now);
  Taken taken;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    bucket.refusing = false;
  } else {
    taken.allowed = false;
    taken.newly_refused = !std::exchange(bucket.refusing, true);
  }
  taken.tokens = bucket.tokens;
  return taken;
}

std::size_t TokenBuckets::size() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    count += shard.by_use.size();
  }
  return count;
}

}  // namespace papi::auth
