#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace papi::live {

/// How gift streaks ended, by their names: late presses and repeated ends of the same streak come afterwards.
/// A name takes 24 bytes, whatever its length: it is kept as a hash of 64 bits. One thread.
class EndedStreaks {
 public:
  struct End {
    std::int64_t count = 0;
    UnixMs time = 0;
  };

  std::optional<End> find(std::string_view name) const;
  /// The name becomes the newest one.
  void set(std::string_view name, End end);
  void erase(std::string_view name);
  /// Forgets the oldest beyond `most`.
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
