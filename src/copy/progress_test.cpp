#include "copy/progress.hpp"

#include <gtest/gtest.h>

namespace papi::copy {

using std::chrono::milliseconds;

TEST(CopyProgress, a_line_tells_rows_rate_and_the_time_that_is_left) {
  using enum Progress::Phase;
  const struct {
    Progress progress;
    int after_ms;
    std::string line;
  } rows[] = {
      {{copying, "events", 0, 5'000'000, 0}, 0, "copying events: 0 of 5,000,000 rows, 0 %"},
      {{copying, "events", 1'234'000, 5'000'000, 0},
       30'000,
       "copying events: 1,234,000 of 5,000,000 rows, 24 %, 41,133 rows/s, 1:31 left"},
      // What an earlier run has copied is no part of the rate.
      {{copying, "people", 1'000'500, 2'000'000, 1'000'000},
       2'000,
       "copying people: 1,000,500 of 2,000,000 rows, 50 %, 250 rows/s, 1:06:38 left"},
      {{checking, "users", 999, 1'000, 0}, 999, "checking users: 999 of 1,000 rows, 99 %"},
      {{checking, "users", 1'000, 1'000, 0},
       1'000,
       "checking users: 1,000 of 1,000 rows, 100 %, 1,000 rows/s, 0:00 left"},
      {{copying, "users", 0, 0, 0}, 5'000, "copying users: 0 of 0 rows, 100 %"},
  };
  for (const auto& row : rows) EXPECT_EQ(progress_line(row.progress, milliseconds(row.after_ms)), row.line);
}

TEST(CopyProgress, a_wait_names_the_owner_and_its_end) {
  EXPECT_EQ(waiting_line("postgresql h:5432/d, schema s", "process 7 on host h, start 1f2e",
                         milliseconds(11'001), *parse_rfc3339("2026-11-23T14:16:00.500Z")),
            "waiting for process 7 on host h, start 1f2e to end, which uses postgresql h:5432/d, schema s: "
            "12 s at most, until 2026-11-23T14:16:11.501Z. A service that was killed keeps it for 10 s");
}

TEST(CopyProgress, a_terminal_has_one_line_and_a_file_a_line_every_few_seconds) {
  const auto written = [](bool terminal) {
    std::string text;
    ProgressWriter writer(terminal, [&text](const std::string& piece) { text += piece; });
    const ProgressWriter::SteadyTime start{};
    Progress progress{Progress::Phase::copying, "long_name", 0, 10, 0};
    writer.show(progress, start);
    progress.table = "b";
    progress.done = 1;
    writer.show(progress, start + milliseconds(100));  // too soon
    writer.show(progress, start + milliseconds(200));
    progress.done = 5;
    writer.show(progress, start + milliseconds(5'000));
    progress = {Progress::Phase::checking, "c", 0, 20, 0};
    writer.show(progress, start + milliseconds(5'001));  // another phase is shown at once
    writer.end();
    return text;
  };
  EXPECT_EQ(written(false),
            "copying long_name: 0 of 10 rows, 0 %\ncopying b: 5 of 10 rows, 50 %, 1 rows/s, 0:05 left\n"
            "checking c: 0 of 20 rows, 0 %\n");
  EXPECT_EQ(written(true),
            "\rcopying long_name: 0 of 10 rows, 0 %\rcopying b: 1 of 10 rows, 10 %       "
            "\rcopying b: 5 of 10 rows, 50 %, 1 rows/s, 0:05 left"
            "\rchecking c: 0 of 20 rows, 0 %                     \n");
}

}  // namespace papi::copy
