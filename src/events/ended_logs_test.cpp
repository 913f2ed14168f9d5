#include "events/ended_logs.hpp"

#include <gtest/gtest.h>

#include "events/sqlite_event_store.hpp"

namespace papi::events {

TEST(EndedLogs, are_known_by_the_id_of_their_session) {
  auto database = sqlite::Database::open(":memory:");
  ASSERT_TRUE(database);
  ASSERT_TRUE(SqliteEventStore::prepare(*database));
  ASSERT_TRUE(SqliteEventStore::prepare(*database)) << "repeatable";
  EXPECT_FALSE(had_ended_log(*database, "quiz"));
  note_ended_log(*database, "quiz", 5);
  note_ended_log(*database, "quiz", 6);
  EXPECT_TRUE(had_ended_log(*database, "quiz"));
  EXPECT_FALSE(had_ended_log(*database, "Quiz"));
}

TEST(EndedLogs, the_oldest_are_forgotten_at_a_start) {
  auto database = sqlite::Database::open(":memory:");
  ASSERT_TRUE(database);
  ASSERT_TRUE(SqliteEventStore::prepare(*database));
  database->execute(
      "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live,"
      " created_at) VALUES (1, 'quiz2', 'e', 'ann', '', 'ended', '', 0, 0)");
  database->execute("BEGIN");
  for (int i = 1; i <= 6; ++i) note_ended_log(*database, "quiz" + std::to_string(i), i);
  database->execute("COMMIT");
  const auto known = [&] {
    std::string ids;
    for (int i = 1; i <= 6; ++i) {
      if (had_ended_log(*database, "quiz" + std::to_string(i))) ids += std::to_string(i);
    }
    return ids;
  };
  ASSERT_TRUE(prepare_ended_logs(*database));
  EXPECT_EQ(known(), "123456");
  ASSERT_TRUE(prepare_ended_logs(*database, 3));
  EXPECT_EQ(known(), "2456") << "a session with the id quiz2 exists";
  EXPECT_EQ(max_ended_logs, 100'000);
}

}  // namespace papi::events
