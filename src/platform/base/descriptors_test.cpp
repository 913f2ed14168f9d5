#include "platform/base/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace papi {

TEST(Descriptors, sixty_four_and_four_per_thread_are_the_services_own) {
  const DescriptorShares wanted{20'000, 1'000, 400};
  const struct {
    std::size_t limit, threads;
    DescriptorShares shares;
  } rows[] = {
      {1'000'000, 2, wanted},
      {21'472, 2, {20'000, 1'000, 400}},
      {21'471, 2, {19'999, 1'000, 400}},
      {1'024, 2, {476, 238, 238}},
      {160, 2, {44, 22, 22}},
      {76, 2, {2, 1, 1}},
      {75, 2, {1, 1, 1}},  // each use gets at least 1
      {10, 2, {1, 1, 1}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(share_descriptors(row.limit, row.threads, wanted), row.shares) << row.limit;
  EXPECT_EQ(share_descriptors(1'024, 2, {20'000, 10, 20}), (DescriptorShares{922, 10, 20}));
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
