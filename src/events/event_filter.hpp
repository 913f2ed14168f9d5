#pragma once

#include <string>

#include "events/event_json.hpp"
#include "platform/base/error.hpp"
#include "platform/http/query_reader.hpp"

namespace papi::events {

/// Which events a reader wants; what is left out keeps its offset.
struct EventFilter {
  std::uint32_t types = ~0u;  // bit per EventType
  std::uint64_t user_id = 0;  // 0: any
  std::string username;       // lower case; empty: any. With a user_id: either of them
  std::string contains;       // folded (fold_for_search); in a comment's text. Empty: any

  bool wants(EventType type) const { return (types >> static_cast<int>(type) & 1) != 0; }
  bool by_person() const { return user_id != 0 || !username.empty(); }
  /// Whether SQL alone can decide it.
  bool reads_text() const { return !contains.empty(); }
  bool matches(const EncodedEvent& event) const;
};

/// From the query parameters `types` (comma-separated), `user` (an id or a name) and `contains`. Their faults
/// are in `query` afterwards.
EventFilter read_filter(http::QueryReader& query);
/// Route::query of a route that takes a filter, and `more`.
std::vector<std::string> filter_query(std::vector<std::string> more);

}  // namespace papi::events
