#include "copy/checks.hpp"

#include <gtest/gtest.h>

namespace papi::copy {
namespace {

const Table& table_called(std::string_view name) {
  for (const Table& table : tables())
    if (table.name == name) return table;
  throw std::runtime_error("no such table");
}

Row event(std::int64_t session, std::int64_t offset, std::string body) {
  return {Cell(session),         Cell(offset),          Cell(std::int64_t{1}),
          Cell(std::int64_t{0}), Cell(std::int64_t{2}), Cell(std::int64_t{3}),
          Cell(std::string()),   Cell(std::int64_t{4}), Cell(std::move(body))};
}

TableSum sum_of(const Table& table, const std::vector<Row>& rows) {
  TableSum sum;
  for (const Row& row : rows) sum.add(table, row);
  return sum;
}

TableProgress written(const TableSum& sum) {
  TableProgress progress;
  progress.rows = sum.rows;
  progress.sum = sum.sum;
  return progress;
}

}  // namespace

TEST(CopyChecks, the_first_difference_is_named_with_the_side_that_changed) {
  const Table& events = table_called("events");
  const std::vector<Row> rows = {event(1, 5, "abc"), event(1, 6, "de"), event(2, 1, "f")};
  const TableSum sum = sum_of(events, rows);
  EXPECT_EQ(sum.sessions.at(events::SessionKey(1)), (SessionSum{2, 5, 6, 5}));
  EXPECT_EQ(sum.sessions.at(events::SessionKey(2)), (SessionSum{1, 1, 1, 1}));
  const std::string copy_again = ". Copy again into an empty target";
  const struct {
    std::vector<Row> source, target;
    bool source_as_written, target_as_written;
    std::string text;  // empty: no difference
  } cases[] = {
      {rows, {rows[2], rows[0], rows[1]}, true, true, ""},
      {rows,
       {rows[0], rows[1]},
       true,
       false,
       "table 'events' differs: 3 rows in the source, 2 in the target; session_key 2: the source has 1 "
       "events "
       "of 1 bytes, offsets 1 to 1, the target 0 events of 0 bytes, offsets 0 to 0. Another program has "
       "changed the target"},
      {{rows[0], rows[1]},
       rows,
       false,
       true,
       "table 'events' differs: 2 rows in the source, 3 in the target; session_key 2: the source has 0 "
       "events "
       "of 0 bytes, offsets 0 to 0, the target 1 events of 1 bytes, offsets 1 to 1. The source has changed "
       "since the copy began"},
      {rows,
       {event(1, 4, "abc"), rows[1], rows[2]},
       true,
       false,
       "table 'events' differs: 3 rows on both sides, with other values; session_key 1: the source has 2 "
       "events "
       "of 5 bytes, offsets 5 to 6, the target 2 events of 5 bytes, offsets 4 to 6. Another program has "
       "changed the target"},
      // Counts, offsets and bytes agree, and one letter does not.
      {rows,
       {event(1, 5, "abC"), rows[1], rows[2]},
       true,
       false,
       "table 'events' differs: 3 rows on both sides, with other values. Another program has changed the "
       "target"},
  };
  for (const auto& row : cases) {
    const TableSum source = sum_of(events, row.source), target = sum_of(events, row.target);
    TableProgress noted;
    if (row.source_as_written) noted = written(source);
    if (row.target_as_written) noted = written(target);
    const auto found = difference(events, source, target, noted);
    EXPECT_EQ(found, row.text.empty() ? std::nullopt : std::optional(row.text + copy_again));
  }
}

}  // namespace papi::copy
