#include "live/ended_streaks.hpp"

#include <algorithm>
#include <functional>

namespace papi::live {
namespace {

std::uint64_t key_of(std::string_view name) { return std::hash<std::string_view>()(name); }

}  // namespace

std::optional<EndedStreaks::End> EndedStreaks::find(std::string_view name) const {
  const std::uint64_t key = key_of(name);
  // The search begins at the newest entry, because most look-ups are for a streak that has just ended.
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == entries_.rend() ? std::nullopt : std::optional(found->end);
}

void EndedStreaks::set(std::string_view name, End end) {
  erase(name);
  entries_.push_back({key_of(name), end});
}

void EndedStreaks::erase(std::string_view name) {
  const std::uint64_t key = key_of(name);
  std::erase_if(entries_, [key](const Entry& entry) { return entry.key == key; });
}

void EndedStreaks::trim(std::size_t most) {
  if (entries_.size() <= most) return;
  entries_.erase(entries_.begin(), entries_.end() - static_cast<std::ptrdiff_t>(most));
}

}  // namespace papi::live
