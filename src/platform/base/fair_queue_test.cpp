#include "platform/base/fair_queue.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

using Queue = FairQueue<int>;

Queue::Bounds bounds(std::size_t workers, std::size_t waiting = 100, std::size_t of_one = 100) {
  Queue::Bounds made;
  made.workers = workers;
  made.waiting = waiting;
  made.waiting_of_one = of_one;
  return made;
}

/// Returns the jobs in the order in which one worker runs them, until none waits.
std::string run_all(Queue& queue) {
  std::string order;
  while (auto item = queue.pop()) {
    order += item->caller + std::to_string(item->job) + ' ';
    queue.done(item->caller);
  }
  return order;
}

TEST(FairQueue, callers_take_turns_and_each_keeps_its_order) {
  Queue queue(bounds(1));
  for (int i = 1; i <= 4; ++i) queue.push("a", i);
  queue.push("b", 1);
  queue.push("c", 1);
  queue.push("c", 2);
  EXPECT_EQ(queue.size(), 7u);
  EXPECT_EQ(run_all(queue), "a1 b1 c1 a2 c2 a3 a4 ");
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, a_job_that_is_taken_out_leaves_the_others_their_turns) {
  Queue queue(bounds(1, 100, 2));
  queue.push("a", 1);
  queue.push("a", 2);
  queue.push("b", 1);
  EXPECT_FALSE(queue.push("a", 3));
  EXPECT_TRUE(queue.remove("a", 1));
  EXPECT_FALSE(queue.remove("a", 1)) << "only once";
  EXPECT_FALSE(queue.remove("c", 1));
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_TRUE(queue.push("a", 4)) << "its place is free";
  EXPECT_TRUE(queue.remove("b", 1));
  EXPECT_EQ(run_all(queue), "a2 a4 ");
  EXPECT_EQ(queue.size(), 0u);
}

TEST(FairQueue, one_caller_never_has_all_workers) {
  Queue queue(bounds(2));
  queue.push("a", 1);
  queue.push("a", 2);
  EXPECT_EQ(queue.pop()->job, 1);
  EXPECT_FALSE(queue.pop()) << "the other worker is kept for others";
  queue.push("b", 7);
  EXPECT_EQ(queue.pop()->caller, "b");
  queue.done("b");
  EXPECT_FALSE(queue.pop());
  queue.done("a");
  EXPECT_EQ(queue.pop()->job, 2);
}

TEST(FairQueue, the_service_itself_may_have_all_and_one_worker_serves_everybody) {
  Queue queue(bounds(2));
  queue.push("", 1);
  queue.push("", 2);
  queue.push("", 3);
  EXPECT_EQ(queue.pop()->job, 1);
  EXPECT_EQ(queue.pop()->job, 2);
  Queue alone(bounds(1));
  alone.push("a", 1);
  EXPECT_EQ(alone.pop()->job, 1);
}

TEST(FairQueue, what_waits_is_bounded_for_one_and_for_all) {
  Queue queue(bounds(1, 5, 2));
  EXPECT_TRUE(queue.push("a", 1) && queue.push("a", 2));
  EXPECT_FALSE(queue.push("a", 3));
  EXPECT_TRUE(queue.push("b", 1) && queue.push("", 1) && queue.push("", 2)) << "others have room";
  EXPECT_FALSE(queue.push("c", 1)) << "five of all";
  queue.done(queue.pop()->caller);
  EXPECT_TRUE(queue.push("a", 3));
}

}  // namespace
}  // namespace papi
