#include "platform/base/clock.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/local_zone.hpp"

namespace papi {

TEST(Clock, the_application_log_has_local_time_through_summer_and_winter) {
  const test::LocalZone berlin("CET-1CEST,M3.5.0,M10.5.0/3");
  const auto local = [](UnixMs time) {
    std::string text;
    // A thread of its own keeps no text of another zone.
    std::thread([&] {
      append_local_time(text, time);
      text += " | ";
      append_log_time(text, time);
      text += " | ";
      append_rfc3339(text, time);
    }).join();
    return text;
  };
  EXPECT_EQ(local(1'763'907'360'007),
            "2025-11-23 15:16:00 | 2025-11-23 15:16:00.007 | 2025-11-23T14:16:00.007Z");
  EXPECT_EQ(local(1'761'440'399'999),
            "2025-10-26 02:59:59 | 2025-10-26 02:59:59.999 | 2025-10-26T00:59:59.999Z");
  EXPECT_EQ(local(1'761'440'400'000),
            "2025-10-26 02:00:00 | 2025-10-26 02:00:00.000 | 2025-10-26T01:00:00.000Z");
  EXPECT_EQ(local(-1), "1970-01-01 00:59:59 | 1970-01-01 00:59:59.999 | 1969-12-31T23:59:59.999Z");
}

TEST(Clock, reads_the_three_forms_of_an_http_date) {
  constexpr UnixMs moment = 784'111'777'000;  // the example of RFC 9110 §5.6.7
  for (const char* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_http_date(text), moment) << text;
  EXPECT_EQ(parse_http_date(http_date(1'764'000'000'000)), 1'764'000'000'000);
  for (const char* text : {"", "7", "Sun, 06 Nov 1994 08:49:37 GMT and more", "Sun, 06 Nov 1994", "Someday"})
    EXPECT_FALSE(parse_http_date(text)) << text;
}

}  // namespace papi
