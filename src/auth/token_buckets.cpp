#include "auth/token_buckets.hpp"

#include <algorithm>
#include <cmath>

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

/// From the oldest end: a few that must be full by now, and what passes the bound.
void TokenBuckets::drop_full(Shard& shard, const RateLimit& limit, Time now) {
  const auto drop_last = [&shard] {
    shard.by_name.erase(shard.by_use.back().name);
    shard.by_use.pop_back();
  };
  // Windows differ by rule; an hour is longer than any that keeps a bucket from being full in practice, and a
  // bucket of this rule is full after its own window.
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

std::string settings_of(http::RateRule rule) {
  std::string name = "RATE_LIMIT_";
  for (const char c : to_string(rule)) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

http::RateVerdict verdict_of(const TokenBuckets::Taken& taken, const RateLimit& limit, http::RateRule rule) {
  const auto seconds = [&](double tokens) {
    constexpr double rounding = 1e-6;  // of sums that are whole seconds
    return static_cast<std::int64_t>(
        std::ceil(std::max(0.0, tokens) / (1000 * limit.per_millisecond()) - rounding));
  };
  http::RateVerdict verdict;
  verdict.allowed = taken.allowed;
  verdict.rule = rule;
  verdict.limit = limit.requests;
  verdict.window_seconds = limit.window_seconds;
  verdict.remaining = static_cast<std::int64_t>(taken.tokens);
  verdict.full_in_seconds = seconds(limit.capacity() - taken.tokens);
  if (!taken.allowed) verdict.retry_after_seconds = std::max<std::int64_t>(1, seconds(1 - taken.tokens));
  return verdict;
}

}  // namespace papi::auth
