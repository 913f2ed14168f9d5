#pragma once

// Reading the rows of a query. Each function resets the statement when it is done.

#include <cstdint>
#include <optional>
#include <vector>

#include "platform/sqlite/database.hpp"

namespace papi::auth::store {

template <class Value>
using ReadRow = Value (*)(const sqlite::Statement& row);

template <class Value>
std::optional<Value> first(sqlite::Statement& query, ReadRow<Value> read) {
  std::optional<Value> value;
  if (query.step()) value = read(query);
  query.reset();
  return value;
}

template <class Value>
std::vector<Value> all(sqlite::Statement& query, ReadRow<Value> read) {
  std::vector<Value> values;
  while (query.step()) values.push_back(read(query));
  query.reset();
  return values;
}

/// Appends at most `limit` rows to `values`. Returns the number of the last of them, which is in column
/// `number_at`, if the query has more rows.
template <class Value>
std::optional<std::int64_t> read_page(sqlite::Statement& query, ReadRow<Value> read, std::int64_t limit,
                                      int number_at, std::vector<Value>& values) {
  std::optional<std::int64_t> next;
  for (std::int64_t row = 0; query.step(); row = query.integer(number_at)) {
    if (static_cast<std::int64_t>(values.size()) == limit) {
      next = row;
      break;
    }
    values.push_back(read(query));
  }
  query.reset();
  return next;
}

/// Returns the first column of the first row, or 0 if there is no row.
inline std::int64_t number(sqlite::Statement& query) {
  const std::int64_t value = query.step() ? query.integer(0) : 0;
  query.reset();
  return value;
}

}  // namespace papi::auth::store
