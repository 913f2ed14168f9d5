#include "platform/metrics/exposition.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace papi::metrics {
namespace {

constexpr std::array bounds = {std::chrono::microseconds(2'500), std::chrono::microseconds(1'000'000)};

HistogramCounts three_durations() {
  HistogramCounts counts;
  counts.bounds = bounds;
  counts.buckets = {1, 1, 1};
  counts.sum = std::chrono::microseconds(3'500'250);
  return counts;
}

std::string page_of(Format format) {
  std::string text;
  Exposition page(text, format);
  page.counter("requests_total", "Finished \"requests\".");
  page.sample({{"route", "/a/{b}"}, {"status", "200"}}, std::uint64_t{12});
  page.gauge("left", "How many are left.", std::int64_t{-3});
  page.histogram("wait_seconds", "How long.");
  page.samples({{"kind", "x"}}, three_durations());
  page.end();
  return text;
}

}  // namespace

TEST(Exposition, the_older_text_has_one_name_for_a_counter_and_no_end) {
  EXPECT_EQ(page_of(Format::prometheus_text),
            "# HELP requests_total Finished \"requests\".\n"
            "# TYPE requests_total counter\n"
            "requests_total{route=\"/a/{b}\",status=\"200\"} 12\n"
            "# HELP left How many are left.\n"
            "# TYPE left gauge\n"
            "left -3\n"
            "# HELP wait_seconds How long.\n"
            "# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{kind=\"x\",le=\"0.0025\"} 1\n"
            "wait_seconds_bucket{kind=\"x\",le=\"1\"} 2\n"
            "wait_seconds_bucket{kind=\"x\",le=\"+Inf\"} 3\n"
            "wait_seconds_sum{kind=\"x\"} 3.50025\n"
            "wait_seconds_count{kind=\"x\"} 3\n");
}

TEST(Exposition, openmetrics_names_a_counter_without_total_and_ends_with_eof) {
  EXPECT_EQ(page_of(Format::openmetrics),
            "# HELP requests Finished \\\"requests\\\".\n"
            "# TYPE requests counter\n"
            "requests_total{route=\"/a/{b}\",status=\"200\"} 12\n"
            "# HELP left How many are left.\n"
            "# TYPE left gauge\n"
            "left -3\n"
            "# HELP wait_seconds How long.\n"
            "# TYPE wait_seconds histogram\n"
            "wait_seconds_bucket{kind=\"x\",le=\"0.0025\"} 1\n"
            "wait_seconds_bucket{kind=\"x\",le=\"1.0\"} 2\n"
            "wait_seconds_bucket{kind=\"x\",le=\"+Inf\"} 3\n"
            "wait_seconds_sum{kind=\"x\"} 3.50025\n"
            "wait_seconds_count{kind=\"x\"} 3\n"
            "# EOF\n");
}

TEST(Exposition, values_of_labels_are_escaped) {
  std::string text;
  Exposition page(text, Format::prometheus_text);
  page.gauge("g", "h");
  page.sample({{"l", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_EQ(text, "# HELP g h\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Exposition, an_exemplar_stands_behind_its_bucket_in_openmetrics_only) {
  const auto exemplar_of = [](std::size_t bucket) -> std::optional<Exemplar> {
    if (bucket == 1) return Exemplar{"abc", 0.5};
    return std::nullopt;
  };
  for (const Format format : {Format::prometheus_text, Format::openmetrics}) {
    std::string text;
    Exposition page(text, format);
    page.histogram("wait_seconds", "How long.");
    page.samples({}, three_durations(), exemplar_of);
    const bool open = format == Format::openmetrics;
    const std::string wanted = open ? "wait_seconds_bucket{le=\"1.0\"} 2 # {trace_id=\"abc\"} 0.5\n"
                                    : "wait_seconds_bucket{le=\"1\"} 2\n";
    EXPECT_NE(text.find(wanted), std::string::npos) << text;
    EXPECT_EQ(text.find("trace_id") != std::string::npos, open);
  }
}

TEST(Exposition, numbers_are_written_as_both_formats_read_them) {
  const struct {
    double value;
    std::string text;
  } rows[] = {{0, "0"},
              {0.1, "0.1"},
              {1234567.5, "1234567.5"},
              {std::numeric_limits<double>::infinity(), "+Inf"},
              {-std::numeric_limits<double>::infinity(), "-Inf"},
              {std::numeric_limits<double>::quiet_NaN(), "NaN"}};
  for (const auto& row : rows) {
    std::string text;
    append_value(text, row.value);
    EXPECT_EQ(text, row.text);
  }
}

}  // namespace papi::metrics
