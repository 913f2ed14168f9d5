#include "app/base_path.hpp"

#include <gtest/gtest.h>

#include <set>

#include "app/application.hpp"
#include "app/settings.hpp"

namespace papi::app {
namespace {

TEST(BasePath, is_a_path_of_plain_segments) {
  const struct {
    std::string_view value;
    std::string_view stored;
    std::string_view fault;
  } rows[] = {
      {"", "", ""},
      {"/", "", ""},
      {"/tiktok", "/tiktok", ""},
      {"/tiktok/", "/tiktok", ""},
      {"/apps/v2.1/tik-tok_~", "/apps/v2.1/tik-tok_~", ""},
      {"tiktok", "", "must be a path such as /tiktok"},
      {"//evil.example", "", "must be a path such as /tiktok"},
      {"/a//b", "", "must be a path such as /tiktok"},
      {"/a/../b", "", "must be a path such as /tiktok"},
      {"https://a.example/tiktok", "", "must be a path such as /tiktok"},
      {"/tik tok", "", "must be a path such as /tiktok"},
      {"/tik%20tok", "", "must be a path such as /tiktok"},
      {"/tiktok?x", "", "must be a path such as /tiktok"},
      {"/ws", "", "'/ws' is a path of the service itself: choose another"},
      {"/sessions/of/mine", "", "'/sessions' is a path of the service itself: choose another"},
      {"/mine/sessions", "/mine/sessions", ""},
  };
  for (const auto& row : rows) {
    std::string place;
    const auto fault = base_path_setting(place).store(row.value);
    EXPECT_EQ(place, row.stored) << row.value;
    EXPECT_EQ(fault.has_value(), !row.fault.empty()) << row.value;
    EXPECT_TRUE(!fault || fault->starts_with(row.fault)) << *fault;
  }
}

TEST(BasePath, begins_with_no_segment_that_a_route_begins_with) {
  const SystemClock clock;
  LogOptions quiet;
  quiet.level = LogLevel::critical;
  Logger log(quiet, clock);
  const Settings settings;
  std::set<std::string> first;
  for (const http::Route& route : Application(settings, log, clock).routes())
    first.insert(route.path.substr(0, route.path.find('/', 1)));
  EXPECT_GT(first.size(), 10u);
  for (const std::string& segment : first) {
    if (segment == "/") continue;
    std::string place;
    EXPECT_TRUE(base_path_setting(place).store(segment)) << segment;
  }
}

}  // namespace
}  // namespace papi::app
