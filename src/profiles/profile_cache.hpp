#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "platform/metrics/counter.hpp"
#include "profiles/profile.hpp"

namespace papi::profiles {

/// The profiles that were requested last, bounded in number and in bytes. May be used on any thread.
class ProfileCache {
 public:
  struct Limits {
    std::size_t items = 1000;
    std::size_t bytes = 100 * 1024 * 1024;
  };
  explicit ProfileCache(Limits limits) : limits_(limits) {}

  /// Returns the profile, or nullptr if it is not in the cache.
  EntryPtr find(const std::string& username);
  void put(EntryPtr entry);
  void erase(const std::string& username);
  std::size_t size() const;
  std::size_t bytes() const;
  /// Counts a caller's request for a profile. What the service looks up for itself is not counted: the faces
  /// of a live room are mostly new, and say nothing about the size that callers need.
  void count_request(bool answered) { (answered ? hits_ : misses_).add(); }
  // Since the start. An eviction is an entry that was dropped because the cache is full.
  std::uint64_t hits() const { return hits_.value(); }
  std::uint64_t misses() const { return misses_.value(); }
  std::uint64_t evictions() const { return evictions_.value(); }

 private:
  using Order = std::list<EntryPtr>;  // most recently used first
  void drop(Order::iterator entry);

  const Limits limits_;
  mutable std::mutex mutex_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> by_name_;  // the keys point into the entries
  std::size_t bytes_ = 0;
  metrics::Counter hits_, misses_, evictions_;
};

}  // namespace papi::profiles
