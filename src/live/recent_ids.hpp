#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace papi::live {

/// The last `capacity` ids seen, to drop what TikTok sends twice (dossier §5.1). Bounded: the oldest is
/// forgotten.
class RecentIds {
 public:
  explicit RecentIds(std::size_t capacity) : ring_(capacity) { seen_.reserve(capacity); }

  /// False: seen before.
  bool remember(std::uint64_t id) {
    if (!seen_.insert(id).second) return false;
    std::uint64_t& place = ring_[next_++ % ring_.size()];
    if (next_ > ring_.size() && place != id) seen_.erase(place);
    place = id;
    return true;
  }
  /// For events that could not be kept: they will come again and must not count as seen.
  void forget(std::uint64_t id) { seen_.erase(id); }
  bool contains(std::uint64_t id) const { return seen_.contains(id); }
  std::size_t capacity() const { return ring_.size(); }
  std::size_t size() const { return seen_.size(); }

 private:
  std::unordered_set<std::uint64_t> seen_;
  std::vector<std::uint64_t> ring_;
  std::size_t next_ = 0;
};

}  // namespace papi::live
