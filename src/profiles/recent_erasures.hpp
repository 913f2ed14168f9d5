#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <string>

#include "profiles/username.hpp"

namespace papi::profiles {

/// Numbers the erasures of profiles and remembers the last ones. So what was seen before an erasure and is
/// still waiting is not stored after it. Used on one thread, unless a member says otherwise.
class RecentErasures {
 public:
  static constexpr std::size_t remembered = 1'000;

  /// Returns how many erasures there were until now. May be called on any thread.
  std::uint64_t count() const { return count_.load(); }
  void add(const Username& username) {
    erased_.emplace_back(++count_, username.text());
    if (erased_.size() > remembered) erased_.pop_front();
  }
  /// Returns whether the person may have been erased since count() was `seen_at`.
  bool erased_since(const Username& username, std::uint64_t seen_at) const {
    // If older erasures are no longer in the list, the person may be among them.
    if (!erased_.empty() && erased_.front().first > seen_at + 1) return true;
    return std::any_of(erased_.begin(), erased_.end(), [&](const auto& entry) {
      return entry.first > seen_at && entry.second == username.text();
    });
  }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::deque<std::pair<std::uint64_t, std::string>> erased_;  // number and name
};

}  // namespace papi::profiles
