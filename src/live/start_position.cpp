#include "live/start_position.hpp"

#include <algorithm>

namespace papi::live {
namespace {

bool same(const events::UpstreamPosition& a, const events::UpstreamPosition& b) {
  return a.cursor == b.cursor && a.room_id == b.room_id;
}

}  // namespace

StartPosition choose_start(const std::vector<events::SessionPast>& pasts) {
  StartPosition start;
  for (const events::SessionPast& past : pasts) {
    if (past.own.cursor.empty()) continue;
    if (same(past.own, past.room)) {
      start.from = past.room;
      break;
    }
    if (start.from.cursor.empty() || past.own.heard_at > start.from.heard_at) start.from = past.own;
  }
  for (const events::SessionPast& past : pasts)
    start.continues.push_back(past.own.cursor.empty() || same(past.own, start.from));
  return start;
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
