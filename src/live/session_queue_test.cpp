#include "live/session_queue.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

TEST(SessionQueue, GivesMessagesInOrder) {
  SessionQueue queue(QueueBound{.bytes = 100, .items = 3});
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.push("a", "one"));
  EXPECT_TRUE(queue.push("b", "two"));
  EXPECT_EQ(queue.pop(), "one");
  EXPECT_EQ(queue.pop(), "two");
  EXPECT_TRUE(queue.empty());
}

TEST(SessionQueue, RefusesWhatIsBeyondItsBound) {
  SessionQueue of_items(QueueBound{.bytes = 100, .items = 2});
  EXPECT_TRUE(of_items.push("a", "1"));
  EXPECT_TRUE(of_items.push("a", "2"));
  EXPECT_FALSE(of_items.push("a", "3"));
  EXPECT_EQ(of_items.pop(), "1");
  EXPECT_TRUE(of_items.push("a", "4"));

  SessionQueue of_bytes(QueueBound{.bytes = 6, .items = 10});
  EXPECT_TRUE(of_bytes.push("a", "123"));
  EXPECT_TRUE(of_bytes.push("a", "456"));
  EXPECT_FALSE(of_bytes.push("a", "7"));
}

TEST(SessionQueue, ForgetsTheMessagesOfOneSessionAndFreesTheirPlace) {
  SessionQueue queue(QueueBound{.bytes = 8, .items = 4});
  for (const char* id : {"mine", "theirs", "mine", "theirs"})
    ASSERT_TRUE(queue.push(id, std::string(1, *id) + '.'));
  EXPECT_FALSE(queue.push("mine", "m"));
  queue.forget("theirs");
  ASSERT_TRUE(queue.push("mine", "last"));
  EXPECT_FALSE(queue.push("mine", "m")) << "8 bytes are in it";
  EXPECT_EQ(queue.pop(), "m.");
  EXPECT_EQ(queue.pop(), "m.");
  EXPECT_EQ(queue.pop(), "last");
  EXPECT_TRUE(queue.empty());
}

TEST(SessionQueue, IsFreeAgainAfterClear) {
  SessionQueue queue(QueueBound{.bytes = 8, .items = 1});
  EXPECT_TRUE(queue.push("a", "12345678"));
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_TRUE(queue.push("a", "12345678"));
}

}  // namespace
}  // namespace papi::live
