#include "live/room_lookup.hpp"

#include <gtest/gtest.h>

#include "live/sign_client.hpp"
#include "webcast.pb.h"

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

std::string page(const std::string& json) {
  return "<html><script id=\"SIGI_STATE\" type=\"application/json\">" + json + "</script></html>";
}
std::string live_room(const std::string& room_id, int status) {
  return R"({"LiveRoom":{"liveRoomUserInfo":{"user":{"roomId":")" + room_id + R"(","status":)" +
         std::to_string(status) + R"(},"liveRoom":{"status":)" + std::to_string(status) + "}}}}";
}
RoomReference ann() { return *RoomReference::parse_username("ann"); }

HttpReply sign_reply(long status, std::string body,
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.headers = std::move(headers);
  return reply;
}

std::string good_fetch() {
  webcast::FetchResult result;
  result.set_cursor("c1");
  result.set_push_server("ws://127.0.0.1/x/");
  return result.SerializeAsString();
}

}  // namespace

TEST(RoomReference, takes_every_way_of_writing_a_name) {
  for (std::string_view text : {"ann.1_x", "@ann.1_x", " @ann.1_x ", "https://www.tiktok.com/@ann.1_x",
                                "https://www.tiktok.com/@ann.1_x/live?lang=en", "tiktok.com/@ann.1_x/live",
                                "www.tiktok.com/@ann.1_x"}) {
    const auto reference = RoomReference::parse_username(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(reference->username(), "ann.1_x");
  }
  EXPECT_EQ(RoomReference::parse_username("ANN")->key(), RoomReference::parse_username("ann")->key());
  for (std::string_view text :
       {"", "a", "@", "test-user", "a b", "https://evil.example/@ann", "name_that_is_longer_than_24"}) {
    EXPECT_FALSE(RoomReference::parse_username(text)) << text;
  }
  EXPECT_EQ(RoomReference::parse_room_id("7300000000000000001")->room_id(), 7'300'000'000'000'000'001u);
  EXPECT_FALSE(RoomReference::parse_room_id("7e5"));
}

TEST(RoomLookup, reads_each_kind_of_live_page) {
  EXPECT_EQ(read_live_page(200, page(live_room("73", 2))).room_id, 73u);
  EXPECT_EQ(read_live_page(200, page(live_room("73", 2))).kind, Kind::live);
  EXPECT_EQ(read_live_page(200, page(live_room("73", 3))).kind, Kind::live) << "paused";
  EXPECT_EQ(read_live_page(200, page(live_room("73", 4))).kind, Kind::offline);
  EXPECT_EQ(read_live_page(200, page(live_room("", 2))).kind, Kind::unclear) << "some rooms have an empty id";
  EXPECT_EQ(read_live_page(200, page("{}")).kind, Kind::not_found);
  EXPECT_EQ(read_live_page(200, "<p id=\"wci\">Please wait...</p>").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(200, "tiktok-verify-page").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(302, "", "https://www.tiktok.com/login?x").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(403, "").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(500, "").kind, Kind::unclear);
  EXPECT_EQ(read_live_page(200, page("{broken")).kind, Kind::unclear);
}

TEST(RoomLookup, reads_each_kind_of_api_live_answer) {
  const std::string found =
      R"({"statusCode":0,"message":"","data":{"user":{"roomId":"73","status":2},"liveRoom":{"status":2}}})";
  EXPECT_EQ(read_api_live(200, found).room_id, 73u);
  EXPECT_EQ(
      read_api_live(
          200, R"({"statusCode":4003110,"message":"","data":{"user":{"roomId":73},"liveRoom":{"status":2}}})")
          .kind,
      Kind::live);
  EXPECT_EQ(
      read_api_live(200, R"({"statusCode":0,"data":{"user":{"roomId":""},"liveRoom":{"status":4}}})").kind,
      Kind::offline);
  EXPECT_EQ(read_api_live(200, R"({"statusCode":19881007,"message":"user_not_found"})").kind,
            Kind::not_found);
  EXPECT_EQ(read_api_live(200, R"({"statusCode":1,"message":"params_error"})").kind, Kind::unclear);
  EXPECT_EQ(read_api_live(200, "").kind, Kind::blocked);
  EXPECT_EQ(read_api_live(200, "<html>").kind, Kind::blocked);
  EXPECT_EQ(read_api_live(403, "x").kind, Kind::blocked);
}

TEST(RoomLookup, blocked_unknown_and_offline_are_different_answers) {
  const auto code = [](Kind page_kind, Kind api_kind) {
    return combine({page_kind, 0}, {api_kind, 0}, ann()).error().code;
  };
  EXPECT_EQ(code(Kind::not_found, Kind::not_found), ErrorCode::user_not_found);
  EXPECT_EQ(code(Kind::blocked, Kind::not_found), ErrorCode::blocked)
      << "restricted callers are told 'not found' too";
  EXPECT_EQ(code(Kind::not_found, Kind::offline), ErrorCode::user_offline);
  EXPECT_EQ(code(Kind::unclear, Kind::unclear), ErrorCode::upstream_error);
  EXPECT_EQ(*combine({Kind::blocked, 0}, {Kind::live, 73}, ann()), 73u);
}

TEST(RoomLookup, check_alive_is_read_by_room) {
  const std::string body =
      R"({"data":[{"alive":true,"room_id":7,"room_id_str":"7"},{"alive":false,"room_id":8,"room_id_str":"8"}],"status_code":0})";
  EXPECT_EQ(read_check_alive(body, 7), true);
  EXPECT_EQ(read_check_alive(body, 8), false);
  EXPECT_EQ(read_check_alive(body, 9), std::nullopt);
  EXPECT_EQ(read_check_alive("<html>", 7), std::nullopt);
}

TEST(SignClient, takes_all_cookies_of_a_good_answer_without_their_attributes) {
  const auto fetch =
      read_sign_reply(sign_reply(200, good_fetch(), {{"x-set-tt-cookie", "ttwid=1; Path=/; msToken=2"}}), 0);
  ASSERT_TRUE(fetch);
  EXPECT_EQ(fetch->cookies, "ttwid=1; msToken=2");
}

TEST(SignClient, sorts_every_failure_of_the_dossier) {
  const auto code = [](long status, std::string body = "",
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
    return read_sign_reply(sign_reply(status, std::move(body), std::move(headers)), 1'000'000).error().code;
  };
  EXPECT_EQ(code(402), ErrorCode::upstream_error);
  EXPECT_EQ(code(403), ErrorCode::blocked);
  EXPECT_EQ(code(500), ErrorCode::upstream_error);
  EXPECT_EQ(code(504), ErrorCode::upstream_timeout);
  EXPECT_EQ(code(200), ErrorCode::upstream_error) << "empty body";
  EXPECT_EQ(code(200, good_fetch()), ErrorCode::upstream_error) << "no cookies";
  EXPECT_EQ(code(200, "\xFF\xFF", {{"x-set-tt-cookie", "a=1"}}), ErrorCode::upstream_error);
}

TEST(SignClient, a_429_says_when_to_come_back) {
  const auto after = [](std::vector<std::pair<std::string, std::string>> headers) {
    const auto reply = read_sign_reply(sign_reply(429, "{}", std::move(headers)), 2'000'000'000'000);
    EXPECT_EQ(reply.error().code, ErrorCode::sign_rate_limited);
    return reply.error().details.at("retry_after").as_int64();
  };
  EXPECT_EQ(after({{"retry-after", "7"}}), 7);
  EXPECT_EQ(after({{"x-ratelimit-reset", "2000000030"}}), 30);
  EXPECT_EQ(after({}), 60);
  EXPECT_EQ(after({{"retry-after", "999999999"}}), 86'400);
}

TEST(TikTokHosts, an_account_is_for_the_webcast_host_and_its_neighbours_only) {
  TikTokHosts hosts;
  EXPECT_TRUE(hosts.own_socket("wss://webcast.tiktok.com/webcast/im/"));
  EXPECT_TRUE(hosts.own_socket("wss://webcast-ws.us.TikTok.com/x?y=1"));
  for (const char* other :
       {"wss://tiktok.com.example/", "wss://eviltiktok.com/", "wss://webcast.tiktok.com@evil.example/",
        "wss://evil.example/?webcast.tiktok.com", "not a url"})
    EXPECT_FALSE(hosts.own_socket(other)) << other;
  hosts.webcast = "http://127.0.0.1:9100";
  EXPECT_TRUE(hosts.own_socket("ws://127.0.0.1:9100/x"));
  EXPECT_FALSE(hosts.own_socket("ws://10.0.0.1/x"));
  hosts.webcast = "https://local.com";
  EXPECT_FALSE(hosts.own_socket("wss://other.com/"));
}

}  // namespace papi::live
