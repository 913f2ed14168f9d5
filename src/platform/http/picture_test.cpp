#include "platform/http/picture.hpp"

#include <gtest/gtest.h>

namespace papi::http {

TEST(Picture, is_not_sent_to_who_has_it) {
  struct Case {
    const char* if_none_match;
    unsigned status;
  };
  const Picture picture{"image/png", std::make_shared<const std::string>("bytes"), "0123"};
  for (const Case& c : {Case{"", 200}, Case{"\"0123\"", 304}, Case{"W/\"0123\"", 304}, Case{"*", 304},
                        Case{"\"x\", \"0123\"", 304}, Case{"\"01234\"", 200}, Case{"0123", 200}}) {
    Request request;
    request.headers.push_back({"If-None-Match", c.if_none_match});
    const Response response = picture_response(request, picture, "private, max-age=1");
    EXPECT_EQ(response.status, c.status) << c.if_none_match;
    EXPECT_EQ(response.content_type, "image/png");
    EXPECT_EQ(response.headers[0].second, "\"0123\"");
    EXPECT_EQ(response.headers[1].second, "private, max-age=1");
    EXPECT_EQ(response.content(), c.status == 200 ? "bytes" : "");
  }
}

}  // namespace papi::http
