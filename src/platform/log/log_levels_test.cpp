#include "platform/log/log_levels.hpp"

#include <gtest/gtest.h>

namespace papi {
namespace {

using namespace std::chrono_literals;

constexpr LogLevels::TimePoint levels_began{1'000s};

TEST(LogLevel, has_a_name_in_capitals) {
  for (const LogLevel level :
       {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::critical})
    EXPECT_EQ(parse_log_level(to_string(level)), level);
  EXPECT_EQ(to_string(LogLevel::warning), "WARNING");
  for (const char* other : {"", "info", "WARN", "INFO "}) EXPECT_EQ(parse_log_level(other), std::nullopt);
}

TEST(LogLevels, a_component_has_its_own_level_or_that_of_what_it_is_a_part_of) {
  const LogLevels levels(LogLevel::warning, {{"page", LogLevel::error}, {"store.index", LogLevel::debug}});
  EXPECT_EQ(levels.of(""), LogLevel::warning);
  EXPECT_EQ(levels.of("page"), LogLevel::error);
  EXPECT_EQ(levels.of("page.access"), LogLevel::error);
  EXPECT_EQ(levels.of("store"), LogLevel::warning);
  EXPECT_EQ(levels.of("store.index"), LogLevel::debug);
  EXPECT_EQ(levels.of("pages"), LogLevel::warning);
}

TEST(LogLevels, a_change_reaches_the_gates_and_ends_at_its_time) {
  LogLevels levels(LogLevel::info, {});
  LogLevels::Gate program{LogLevel::critical}, store{LogLevel::critical};
  levels.add("", program);
  levels.add("store", store);
  EXPECT_EQ(program, LogLevel::info);
  EXPECT_EQ(store, LogLevel::info);
  levels.change("store", LogLevel::debug, levels_began + 60s);
  EXPECT_EQ(store, LogLevel::debug);
  EXPECT_EQ(program, LogLevel::info);
  EXPECT_TRUE(levels.has_changes());
  EXPECT_TRUE(levels.expire(levels_began + 60s - 1ms).empty());
  EXPECT_EQ(store, LogLevel::debug);
  EXPECT_EQ(levels.expire(levels_began + 60s), std::vector<std::string>{"store"});
  EXPECT_EQ(store, LogLevel::info);
  EXPECT_FALSE(levels.has_changes());
}

TEST(LogLevels, a_change_counts_before_the_configured_level_of_the_same_name_only) {
  LogLevels levels(LogLevel::info, {{"access", LogLevel::warning}});
  levels.change("", LogLevel::debug, levels_began);
  EXPECT_EQ(levels.of("store"), LogLevel::debug);
  EXPECT_EQ(levels.of("access"), LogLevel::warning) << "it was configured to be quiet";
  levels.change("access", LogLevel::debug, levels_began);
  EXPECT_EQ(levels.of("access"), LogLevel::debug);
  levels.change("access", LogLevel::critical, levels_began);
  EXPECT_EQ(levels.of("access"), LogLevel::critical) << "the newest counts";
  levels.reset("access");
  EXPECT_EQ(levels.of("access"), LogLevel::warning);
  levels.reset("access");
  levels.reset("");
  EXPECT_EQ(levels.of("store"), LogLevel::info);
}

TEST(LogLevels, lists_components_once_and_forgets_gates_that_are_gone) {
  LogLevels levels(LogLevel::info, {});
  LogLevels::Gate a{LogLevel::info}, b{LogLevel::info}, c{LogLevel::info}, program{LogLevel::info};
  levels.add("store", a);
  levels.add("access", b);
  levels.add("access", c);
  levels.add("", program);
  EXPECT_EQ(levels.components(), (std::vector<std::string>{"access", "store"}));
  levels.remove(a);
  levels.remove(b);
  EXPECT_EQ(levels.components(), std::vector<std::string>{"access"});
  levels.change("store", LogLevel::error, levels_began);
  EXPECT_EQ(a, LogLevel::info) << "it was removed";
}

}  // namespace
}  // namespace papi
