#pragma once

// The comparison of both sides. Pure.

#include <map>
#include <optional>

#include "copy/sides.hpp"
#include "events/ids.hpp"

namespace papi::copy {

/// Of one session's events.
struct SessionSum {
  std::int64_t rows = 0;
  std::int64_t first = 0, last = 0;  // offsets
  std::int64_t bytes = 0;            // of the bodies
  bool operator==(const SessionSum&) const = default;
};

/// The number of rows of a table on one side, with their sums.
class TableSum {
 public:
  void add(const Table& table, const Row& row);

  std::int64_t rows = 0;
  Checksum sum;
  std::map<events::SessionKey, SessionSum> sessions;  // by key; only of the table of events
};

/// Returns how the sides differ, and what to do; nullopt: they do not. `written` is what the copy has noted.
std::optional<std::string> difference(const Table& table, const TableSum& source, const TableSum& target,
                                      const TableProgress& written);

}  // namespace papi::copy
