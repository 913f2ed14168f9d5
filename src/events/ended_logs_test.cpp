#include "events/ended_logs.hpp"

#include <gtest/gtest.h>

namespace papi::events {

TEST(EndedLogs, are_known_by_the_id_of_their_session) {
  auto database = sqlite::Database::open(":memory:");
  ASSERT_TRUE(database);
  ASSERT_TRUE(prepare_ended_logs(*database));
  ASSERT_TRUE(prepare_ended_logs(*database)) << "repeatable";
  EXPECT_FALSE(had_ended_log(*database, "quiz"));
  note_ended_log(*database, "quiz", 5);
  note_ended_log(*database, "quiz", 6);
  EXPECT_TRUE(had_ended_log(*database, "quiz"));
  EXPECT_FALSE(had_ended_log(*database, "Quiz"));
}

}  // namespace papi::events
