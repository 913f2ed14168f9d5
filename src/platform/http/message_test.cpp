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
  const std::string token = "st_" + std::string(37, 'a');
  EXPECT_EQ(shown("/auth/stream-tokens/" + token + "/x"), "/auth/stream-tokens/st_…/x");
  EXPECT_EQ(shown("/" + token.substr(0, 39)), "/" + token.substr(0, 39)) << "names hold st_ too";
  EXPECT_EQ(shown("/profile/best_friends_of_all"), "/profile/best_friends_of_all");
  EXPECT_EQ(shown("/test_pk_0123456789abcdefghij"), "/test_pk_…");
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
TEST(ShownPath, hidden_characters_are_escaped) {
  const std::pair<const char*, const char*> rows[] = {
      {"/a\u202Eb", "/a%E2%80%AEb"},    {"/\u0085\u009B2J", "/%C2%85%C2%9B2J"},
      {"/\x7F\x1B[2J", "/%7F%1B[2J"},   {"/pk_0123456789abcdef0123\u2066/x", "/pk_…%E2%81%A6/x"},
      {"/é/%E2%80%AE", "/é/%E2%80%AE"},
  };
  for (const auto& [path, said] : rows) EXPECT_EQ(shown(path), said);
}

}  // namespace papi::http
