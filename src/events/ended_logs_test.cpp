#include "events/ended_logs.hpp"

#include <gtest/gtest.h>

#include "events/event_store.hpp"

namespace papi::events {

TEST(EndedLogs, are_known_by_the_id_of_their_session) {
  auto database = sqlite::Database::open(":memory:");
  ASSERT_TRUE(database);
  ASSERT_TRUE(EventStore::prepare(*database));
  ASSERT_TRUE(EventStore::prepare(*database)) << "repeatable";
  EXPECT_FALSE(had_ended_log(*database, "quiz"));
  note_ended_log(*database, "quiz", 5);
  note_ended_log(*database, "quiz", 6);
  EXPECT_TRUE(had_ended_log(*database, "quiz"));
  EXPECT_FALSE(had_ended_log(*database, "Quiz"));
}

TEST(EndedLogs, the_oldest_are_forgotten_at_a_start) {
  auto database = sqlite::Database::open(":memory:");
  ASSERT_TRUE(database);
  ASSERT_TRUE(EventStore::prepare(*database));
  database->execute(
      "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live,"
      " created_at) VALUES (1, 'quiz2', 'e', 'ann', '', 'ended', '', 0, 0)");
  database->execute("BEGIN");
  for (int i = 1; i <= max_ended_logs + 2; ++i) note_ended_log(*database, "quiz" + std::to_string(i), i);
  database->execute("COMMIT");
  ASSERT_TRUE(prepare_ended_logs(*database));
  EXPECT_FALSE(had_ended_log(*database, "quiz1"));
  EXPECT_TRUE(had_ended_log(*database, "quiz2")) << "a session of this id exists";
  EXPECT_TRUE(had_ended_log(*database, "quiz3"));
  EXPECT_TRUE(had_ended_log(*database, "quiz" + std::to_string(max_ended_logs + 2)));
}

}  // namespace papi::events
