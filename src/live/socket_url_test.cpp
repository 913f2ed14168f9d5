#include "live/socket_url.hpp"

#include <gtest/gtest.h>

namespace papi::live::socket_url_test {
namespace {

FetchResult offer(std::string_view push_server) {
  FetchResult result;
  result.push_server = push_server;
  result.internal_ext = "a|b:1";
  result.cursor = "t-1_r-2";
  result.route_params = {{"wrss", "x y"}, {"empty", ""}};
  return result;
}

}  // namespace

TEST(SocketUrl, carries_room_acknowledgement_and_route_parameters) {
  Random random(1);
  const std::string base = "wss://webcast-ws.tiktok.com/webcast/im/push/";
  const std::string url = socket_url(offer(base), events::RoomId(7), Browser(), random);
  EXPECT_TRUE(url.starts_with(base + "?version_code=180800&aid=1988&")) << url;
  EXPECT_TRUE(url.ends_with("&compress=gzip&room_id=7&internal_ext=a%7Cb%3A1&cursor=t-1_r-2&wrss=x%20y"))
      << url;
  EXPECT_TRUE(socket_url(offer(base + "?a=b"), events::RoomId(7), Browser(), random)
                  .starts_with(base + "?a=b&version_code"));
}

TEST(SocketUrl, the_account_goes_to_tiktoks_own_socket_only_and_not_beside_the_signers) {
  Browser with, without;
  with.account = Secret("sessionid=mine");
  struct Row {
    const char* push_server;
    const Browser& browser;
    const char* of_signer;
    const char* expected;
  };
  const char *own = "wss://webcast-ws.tiktok.com/x", *foreign = "wss://example.org/x";
  const Row rows[] = {
      {own, with, "ttwid=1", "ttwid=1; sessionid=mine"},
      {own, with, "ttwid=1; sessionid=theirs", "ttwid=1; sessionid=theirs"},
      {own, without, "ttwid=1", "ttwid=1"},
      {foreign, with, "ttwid=1", "ttwid=1"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(socket_cookies(offer(row.push_server), row.of_signer, row.browser, TikTokHosts()),
              row.expected);
}

}  // namespace papi::live::socket_url_test
