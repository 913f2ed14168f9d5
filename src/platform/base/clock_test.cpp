#include "platform/base/clock.hpp"

#include <gtest/gtest.h>

namespace papi {

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
