#include "platform/http/message.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

std::string shown(std::string_view path) {
  std::string storage;
  return std::string(shown_path(path, storage));
}

TEST(ShownPath, hides_credentials_and_nothing_else) {
  EXPECT_EQ(shown("/profile/pk_fan"), "/profile/pk_fan");
  EXPECT_EQ(shown("/sessions/quiz.tk_1/events"), "/sessions/quiz.tk_1/events");
  EXPECT_EQ(shown("/auth/api-keys/pk_0123456789abcdefghij/x"), "/auth/api-keys/pk_…/x");
  EXPECT_EQ(shown("/a/tk_0123456789abcdefghij/eyJhbGciOiJIUzI1NiJ9.e30.x-_y"), "/a/tk_…/eyJ…");
  EXPECT_EQ(shown("/sessions/x/stream%3Fapi_key=secret"), "/sessions/x/stream%3F…");
  EXPECT_EQ(shown("/x%3ftoken=y"), "/x%3F…");
  EXPECT_EQ(shown(""), "");
}

TEST(Request, a_list_over_several_lines_is_one_list) {
  Request request;
  request.headers = {{"Connection", "keep-alive"}, {"X", "y"}, {"connection", "Upgrade , close"}};
  EXPECT_EQ(request.header_list("CONNECTION"), "keep-alive, Upgrade , close");
  EXPECT_EQ(request.header_list("none"), "");
  for (const char* token : {"keep-alive", "upgrade", "CLOSE"})
    EXPECT_TRUE(request.header_has_token("connection", token)) << token;
  EXPECT_FALSE(request.header_has_token("connection", "up"));
}

}  // namespace
}  // namespace papi::http
