#include "platform/http/accept.hpp"

#include <gtest/gtest.h>

namespace papi::http {

TEST(Accept, the_most_specific_range_gives_the_quality) {
  const struct {
    std::string_view accept;
    int json, problem;
  } rows[] = {
      {"", 1000, 1000},
      {"*/*", 1000, 1000},
      {"text/html", 0, 0},
      {"APPLICATION/*;Q=0.5", 500, 500},
      {"application/json;q=0.25, */*;q=0.75", 250, 750},
      {"application/problem+json;q=0, application/*", 1000, 0},
      {"application/json ; charset=utf-8 ; q=1.000", 1000, 0},
      {"application/json;q=0.1234, application/json;q=2, application/json;q=x", 0, 0},
      {"application/json;q=0.001", 1, 0},
      {",, application/json,", 1000, 0},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(quality_of(row.accept, "application/json"), row.json) << row.accept;
    EXPECT_EQ(quality_of(row.accept, "application/problem+json"), row.problem) << row.accept;
  }
}

TEST(Accept, a_problem_is_answered_where_it_is_named_and_wanted) {
  const auto asks = [](std::vector<std::string_view> lines) {
    Request request;
    for (const std::string_view line : lines) request.headers.push_back({"Accept", line});
    return asks_for(request, "application/problem+json", "application/json");
  };
  EXPECT_TRUE(asks({"application/problem+json"}));
  EXPECT_TRUE(asks({"Application/Problem+JSON;q=0.3"}));
  EXPECT_TRUE(asks({"application/json, application/problem+json"}));
  EXPECT_TRUE(asks({"text/html", "application/problem+json"})) << "lines are one list";
  EXPECT_FALSE(asks({}));
  EXPECT_FALSE(asks({"*/*"}));
  EXPECT_FALSE(asks({"application/*"}));
  EXPECT_FALSE(asks({"application/problem+json;q=0"}));
  EXPECT_FALSE(asks({"application/problem+json;q=0.5, application/json"}));
  EXPECT_FALSE(asks({"application/problem+json;q=0.5", "*/*"}));
  EXPECT_FALSE(asks({"application/problem+jsonx"}));
}

}  // namespace papi::http
