#include "live/start_position.hpp"

#include <algorithm>
#include <unordered_set>

namespace papi::live {
namespace {

bool same(const events::UpstreamPosition& a, const events::UpstreamPosition& b) {
  return a.cursor == b.cursor && a.room_id == b.room_id;
}

bool share_an_id(const events::SessionPast& a, const events::SessionPast& b) {
  const std::unordered_set<std::uint64_t> ids(a.ids.begin(), a.ids.end());
  return std::any_of(b.ids.begin(), b.ids.end(), [&](std::uint64_t id) { return ids.count(id) > 0; });
}

}  // namespace

StartPosition choose_start(const std::vector<events::SessionPast>& pasts) {
  const events::SessionPast* start = nullptr;
  for (const events::SessionPast& past : pasts) {
    if (past.own.cursor.empty()) continue;
    if (same(past.own, past.room)) {
      start = &past;
      break;
    }
    if (!start || past.own.heard_at > start->own.heard_at) start = &past;
  }
  StartPosition chosen;
  if (start) {
    // An older position costs nobody an event, as long as it is known for each session that has heard more
    // which events to hold back from it.
    const auto all_can_continue = [&](const events::SessionPast& from) {
      return std::all_of(pasts.begin(), pasts.end(), [&](const events::SessionPast& other) {
        return other.own.cursor.empty() || other.own.room_id != from.own.room_id ||
               other.own.heard_at <= from.own.heard_at || share_an_id(from, other);
      });
    };
    const events::SessionPast* oldest = start;
    for (const events::SessionPast& past : pasts) {
      const bool older = !past.own.cursor.empty() && past.own.heard_at < oldest->own.heard_at;
      if (older && past.own.room_id == start->own.room_id && all_can_continue(past)) oldest = &past;
    }
    chosen.from = same(oldest->own, oldest->room) ? oldest->room : oldest->own;
    start = oldest;
  }
  for (const events::SessionPast& past : pasts) {
    const bool newer = start && past.own.heard_at > start->own.heard_at &&
                       past.own.room_id == start->own.room_id && share_an_id(past, *start);
    chosen.continues.push_back(past.own.cursor.empty() || same(past.own, chosen.from) || newer);
  }
  return chosen;
}

std::vector<std::uint64_t> ids_behind_common(const std::vector<std::uint64_t>& ids,
                                             const std::function<bool(std::uint64_t)>& known) {
  const auto common = std::find_if(ids.rbegin(), ids.rend(), known);
  if (common == ids.rend()) return {};
  std::vector<std::uint64_t> behind(common.base(), ids.end());
  std::sort(behind.begin(), behind.end());
  return behind;
}

std::vector<std::vector<std::uint64_t>> ids_ahead(const std::vector<events::SessionPast>& pasts) {
  std::vector<std::vector<std::uint64_t>> ahead(pasts.size());
  std::vector<std::vector<std::uint64_t>> sorted;
  if (pasts.size() < 2) return ahead;
  for (const events::SessionPast& past : pasts) {
    sorted.push_back(past.ids);
    std::sort(sorted.back().begin(), sorted.back().end());
  }
  for (std::size_t i = 0; i < pasts.size(); ++i) {
    for (std::size_t j = 0; j < pasts.size(); ++j) {
      if (i == j || sorted[j].empty()) continue;
      const auto known = [&other = sorted[j]](std::uint64_t id) {
        return std::binary_search(other.begin(), other.end(), id);
      };
      auto found = ids_behind_common(pasts[i].ids, known);
      if (found.size() > ahead[i].size()) ahead[i] = std::move(found);
    }
  }
  return ahead;
}

}  // namespace papi::live
