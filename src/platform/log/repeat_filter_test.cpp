#include "platform/log/repeat_filter.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

using namespace std::chrono_literals;

constexpr RepeatFilter::TimePoint errors_began{1'000s};

RepeatFilter::Line error_line(std::string identity, std::string fields = "") {
  return {LogLevel::error, "shop", "Failed", std::move(identity), std::move(fields)};
}

TEST(RepeatFilter, an_error_is_written_first_and_then_once_in_an_interval_with_the_number) {
  RepeatFilter filter(60s);
  EXPECT_TRUE(filter.admit(error_line("a", "1"), errors_began));
  EXPECT_FALSE(filter.admit(error_line("a", "2"), errors_began + 1s));
  EXPECT_FALSE(filter.admit(error_line("a", "3"), errors_began + 59s));
  EXPECT_TRUE(filter.due(errors_began + 60s - 1ms).empty());
  const auto first = filter.due(errors_began + 60s);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].times, 2u);
  EXPECT_EQ(first[0].line.fields, "3") << "those of the newest";
  EXPECT_EQ(first[0].line.message, "Failed");
  EXPECT_FALSE(filter.admit(error_line("a", "4"), errors_began + 61s)) << "its interval began anew";
  EXPECT_TRUE(filter.due(errors_began + 119s).empty());
  const auto second = filter.due(errors_began + 120s);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].times, 1u);
}

TEST(RepeatFilter, an_error_that_did_not_come_again_is_forgotten) {
  RepeatFilter filter(60s);
  EXPECT_FALSE(filter.has_errors());
  EXPECT_TRUE(filter.admit(error_line("a"), errors_began));
  EXPECT_TRUE(filter.has_errors());
  EXPECT_TRUE(filter.due(errors_began + 60s).empty());
  EXPECT_FALSE(filter.has_errors());
  EXPECT_TRUE(filter.admit(error_line("a"), errors_began + 61s));
}

TEST(RepeatFilter, lines_differ_by_level_logger_message_and_identity) {
  RepeatFilter filter(60s);
  EXPECT_TRUE(filter.admit({LogLevel::error, "shop", "Failed", "a", ""}, errors_began));
  EXPECT_TRUE(filter.admit({LogLevel::critical, "shop", "Failed", "a", ""}, errors_began));
  EXPECT_TRUE(filter.admit({LogLevel::error, "shop.page", "Failed", "a", ""}, errors_began));
  EXPECT_TRUE(filter.admit({LogLevel::error, "shop", "Lost", "a", ""}, errors_began));
  EXPECT_TRUE(filter.admit({LogLevel::error, "shop", "Failed", "b", ""}, errors_began));
  EXPECT_FALSE(filter.admit({LogLevel::error, "shop", "Failed", "a", "other"}, errors_began));
}

TEST(RepeatFilter, beyond_its_bound_errors_are_all_written) {
  RepeatFilter filter(60s, 2);
  for (const char* known : {"a", "b"}) EXPECT_TRUE(filter.admit(error_line(known), errors_began));
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(filter.admit(error_line("c"), errors_began)) << i;
  EXPECT_FALSE(filter.admit(error_line("b"), errors_began));
}

TEST(RepeatFilter, the_end_takes_what_waits_and_no_interval_means_no_filter) {
  RepeatFilter filter(60s);
  for (int i = 0; i < 3; ++i) filter.admit(error_line("a"), errors_began);
  filter.admit(error_line("b"), errors_began);
  const auto rest = filter.take_all();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].times, 2u);
  EXPECT_TRUE(filter.take_all().empty());
  RepeatFilter off(0ms);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(off.admit(error_line("a"), errors_began));
}

}  // namespace
}  // namespace papi
