#include "platform/base/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace papi {

TEST(Descriptors, sixty_four_and_four_per_thread_are_kept_from_clients) {
  EXPECT_EQ(connections_within(1'024, 2), 952u);
  EXPECT_EQ(connections_within(256, 1), 188u);
  EXPECT_EQ(connections_within(73, 2), 1u);
  EXPECT_EQ(connections_within(72, 2), 1u) << "never none";
  EXPECT_EQ(connections_within(10, 2), 1u);
}

TEST(Descriptors, the_soft_limit_is_raised_to_the_hard_one) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit lower = before;
  lower.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lower), 0);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace papi
