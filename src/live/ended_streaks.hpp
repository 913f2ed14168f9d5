#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace papi::live {

/// Remembers how gift streaks ended, by streak name, because late gifts and repeated ends of a streak can
/// arrive after its end. The name is kept as a hash of 64 bits, so an entry has a fixed size of 24 bytes. One
/// thread.
class EndedStreaks {
 public:
  struct End {
    std::int64_t count = 0;
    UnixMs time = 0;
  };

  /// Returns how the streak ended, or nullopt if the name is not known.
  std::optional<End> find(std::string_view name) const;
  /// Adds or replaces the entry. The name becomes the newest one.
  void set(std::string_view name, End end);
  void erase(std::string_view name);
  /// Removes the oldest entries until at most `most` are left.
  void trim(std::size_t most);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t key;
    End end;
  };

  std::vector<Entry> entries_;  // oldest first
};

}  // namespace papi::live
