#include "live/socket_refusal.hpp"

#include <gtest/gtest.h>

namespace papi::live {

TEST(SocketRefusal, callers_are_told_the_meaning_and_never_the_words) {
  const std::pair<const char*, const char*> rows[] = {
      {"DEVICE_BLOCKED", "TikTok refused the socket: it blocks this device or address"},
      {"illegal secret key", "TikTok refused the socket: the signature was made with another session"},
      {"illegal app_id", "TikTok refused the socket: the signature was made for another program"},
      {"device_blocked", "TikTok refused the socket"},
      {"DEVICE_BLOCKED secret", "TikTok refused the socket"},
      {"secret", "TikTok refused the socket"},
  };
  for (const auto& [text, shown] : rows) {
    const Error error =
        refusal_error(Error(ErrorCode::upstream_error, "the socket was refused"), {200, text, "415"});
    EXPECT_EQ(error.code, ErrorCode::blocked);
    EXPECT_EQ(error.message, shown) << text;
    EXPECT_EQ(error.details(), ErrorDetails());
  }
  const Error silent =
      refusal_error(Error(ErrorCode::upstream_error, "the socket was refused"), {404, "", "415"});
  EXPECT_EQ(silent.code, ErrorCode::upstream_error);
  EXPECT_EQ(silent.message, "the socket was refused");
}

}  // namespace papi::live
