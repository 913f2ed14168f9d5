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

}  // namespace papi::live
