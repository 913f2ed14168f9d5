#include "monitoring/hourly_figures.hpp"

#include <gtest/gtest.h>

namespace papi::monitoring {
namespace {

HourlyFigures busy_hour() {
  HourlyFigures figures;
  figures.covered = std::chrono::minutes(60);
  figures.statuses = {{"200", 7}, {"500", 1}};
  figures.endpoints["GET /profile/*"] = {7, 7'000};
  figures.endpoints["unmatched"] = {1, 50};
  figures.durations = {{3, 1}, {400, 7}};
  figures.extremes = {50, 1'000};
  for (std::size_t i = 0; i < outside_sum_count; ++i) figures.outside[i] = i + 1;
  figures.most_memory_bytes = 9'000;
  figures.most_process_memory_bytes = 800;
  figures.most_cpu_permille = 125;
  return figures;
}

}  // namespace

TEST(HourlyFigures, are_stored_as_json_and_read_back) {
  const std::string text = text_of(busy_hour());
  EXPECT_EQ(
      text,
      R"({"covered_ms":3600000,"statuses":{"200":7,"500":1},"endpoints":{"GET /profile/*":{"requests":7,)"
      R"("us":7000},"unmatched":{"requests":1,"us":50}},"durations":{"3":1,"400":7},"least_us":50,)"
      R"("greatest_us":1000,"outside":{"cache_hits":1,"cache_misses":2,"database_operations":3,)"
      R"("database_failures":4,"database_us":5,"authenticated":6,"authentication_failures":7,)"
      R"("rate_limit_violations":8},"most_memory_bytes":9000,"most_process_memory_bytes":800,)"
      R"("most_cpu_permille":125})");
  const auto read = parse_hourly_figures(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(text_of(*read), text);
}

TEST(HourlyFigures, an_hour_without_requests_has_no_extremes) {
  const std::string text = text_of(HourlyFigures());
  EXPECT_EQ(text.find("least_us"), std::string::npos);
  EXPECT_TRUE(parse_hourly_figures(text)->extremes.empty());
}

TEST(HourlyFigures, are_added_and_the_greatest_use_stays) {
  HourlyFigures sum = busy_hour();
  HourlyFigures quiet;
  quiet.covered = std::chrono::minutes(30);
  quiet.statuses = {{"200", 1}, {"404", 2}};
  quiet.endpoints["GET /profile/*"] = {3, 30};
  quiet.durations = {{400, 3}};
  quiet.extremes = {10, 20};
  quiet.most_memory_bytes = 9'500;
  quiet.most_cpu_permille = 5;
  sum.merge(quiet);
  EXPECT_EQ(sum.covered, std::chrono::minutes(90));
  EXPECT_EQ(sum.requests(), 11u);
  EXPECT_EQ(sum.us(), 7'080u);
  EXPECT_EQ(sum.statuses["200"], 8u);
  EXPECT_EQ(sum.endpoints["GET /profile/*"], (HourlyFigures::Endpoint{10, 7'030}));
  EXPECT_EQ(sum.durations[400], 10u);
  EXPECT_EQ(sum.extremes.least, 10u);
  EXPECT_EQ(sum.extremes.greatest, 1'000u);
  EXPECT_EQ(sum.outside[7], 8u);
  EXPECT_EQ(sum.most_memory_bytes, 9'500u);
  EXPECT_EQ(sum.most_process_memory_bytes, 800u);
  EXPECT_EQ(sum.most_cpu_permille, 125u);
}

TEST(HourlyFigures, text_of_another_form_is_no_hour_and_unknown_members_are_left_out) {
  for (const char* text :
       {"", "[]", "{\"statuses\":3}", "{\"statuses\":{\"200\":-1}}", "{\"covered_ms\":\"x\"}"})
    EXPECT_FALSE(parse_hourly_figures(text)) << text;
  const auto read = parse_hourly_figures(R"({"new":1,"durations":{"99999":1,"x":1},"outside":{"more":1}})");
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->durations.empty()) << "buckets that there are not";
  EXPECT_EQ(read->requests(), 0u);
}

}  // namespace papi::monitoring
