#include "live/room_verdict.hpp"

#include "live/error_codes.hpp"

#include <gtest/gtest.h>

#include <array>

namespace papi::live {
namespace {

using Kind = RoomVerdict::Kind;

std::string page(const std::string& json) {
  return "<html><script id=\"SIGI_STATE\" type=\"application/json\">" + json + "</script></html>";
}
std::string live_room(const std::string& room_id, int status, bool age_gate = false) {
  return R"({"LiveRoom":{"isAgeGateRoom":)" + std::string(age_gate ? "true" : "false") +
         R"(,"liveRoomUserInfo":{"user":{"roomId":")" + room_id + R"(","status":)" + std::to_string(status) +
         R"(},"liveRoom":{"status":)" + std::to_string(status) + "}}}}";
}
std::string api(std::int64_t code, const std::string& room_id, int status) {
  return R"({"statusCode":)" + std::to_string(code) + R"(,"message":"","data":{"user":{"roomId":")" +
         room_id + R"("},"liveRoom":{"status":)" + std::to_string(status) + "}}}";
}
RoomReference ann() { return *RoomReference::parse_username("ann"); }

RoomVerdict verdict(Kind kind) {
  RoomVerdict out;
  out.kind = kind;
  if (kind == Kind::live) out.room_id = events::RoomId(73);
  return out;
}

}  // namespace

TEST(RoomVerdict, reads_each_kind_of_live_page) {
  EXPECT_EQ(read_live_page(200, page(live_room("73", 2))).room_id, events::RoomId(73));
  EXPECT_EQ(read_live_page(200, page(live_room("73", 2))).kind, Kind::live);
  EXPECT_EQ(read_live_page(200, page(live_room("73", 3))).kind, Kind::live) << "paused";
  EXPECT_EQ(read_live_page(200, page(live_room("73", 4))).kind, Kind::offline);
  EXPECT_EQ(read_live_page(200, page(live_room("", 2))).kind, Kind::unclear) << "some rooms have an empty id";
  EXPECT_EQ(read_live_page(200, page("{}")).kind, Kind::not_found);
  EXPECT_EQ(read_live_page(404, "").kind, Kind::not_found);
  EXPECT_EQ(read_live_page(200, page(live_room("73", 2, true))).kind, Kind::age_restricted);
  EXPECT_EQ(read_live_page(200, page(live_room("73", 4, true))).kind, Kind::offline);
  EXPECT_EQ(read_live_page(200, page(R"({"LiveRoom":{"isAgeGateRoom":true}})")).kind, Kind::age_restricted);
  EXPECT_EQ(read_live_page(302, "", "https://www.tiktok.com/hk/notfound").kind, Kind::geo_blocked);
  EXPECT_EQ(read_live_page(302, "", "/in/notfound?x=1").kind, Kind::geo_blocked);
  EXPECT_EQ(read_live_page(302, "", "https://www.tiktok.com/notfound").kind, Kind::unclear);
  EXPECT_EQ(read_live_page(200, "<p>TikTok is not available in your region</p>").kind, Kind::geo_blocked);
  EXPECT_EQ(read_live_page(451, "").kind, Kind::geo_blocked);
  EXPECT_EQ(read_live_page(200, "<p id=\"wci\">Please wait...</p>").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(200, "tiktok-verify-page").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(302, "", "https://www.tiktok.com/login?x").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(403, "").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(429, "").kind, Kind::blocked);
  EXPECT_EQ(read_live_page(500, "").kind, Kind::unclear);
  EXPECT_EQ(read_live_page(200, page("{broken")).kind, Kind::unclear);
}

TEST(RoomVerdict, reads_each_kind_of_api_live_answer) {
  const auto kind = [](const std::string& body, long status = 200) {
    return read_api_live(status, body).kind;
  };
  EXPECT_EQ(read_api_live(200, api(0, "73", 2)).room_id, events::RoomId(73));
  EXPECT_EQ(kind(api(0, "73", 2)), Kind::live);
  EXPECT_EQ(kind(api(0, "", 4)), Kind::offline);
  EXPECT_EQ(kind(api(4003110, "73", 2)), Kind::age_restricted);
  EXPECT_EQ(kind(api(4003110, "73", 4)), Kind::offline) << "nothing is on that could be restricted";
  EXPECT_EQ(kind(R"({"statusCode":4003110,"message":"","data":null})"), Kind::age_restricted);
  EXPECT_EQ(kind(R"({"statusCode":4003110,"message":"Not available in your country"})"), Kind::geo_blocked);
  EXPECT_EQ(kind(R"({"statusCode":10204,"message":"geo_blocked"})"), Kind::geo_blocked);
  EXPECT_EQ(kind(R"({"statusCode":19881007,"message":"user_not_found"})"), Kind::not_found);
  EXPECT_EQ(kind(R"({"statusCode":1,"message":"params_error"})"), Kind::unclear);
  EXPECT_EQ(kind(""), Kind::blocked);
  EXPECT_EQ(kind("<html>"), Kind::blocked);
  EXPECT_EQ(kind("<html>LIVE is not available in your country</html>"), Kind::geo_blocked);
  EXPECT_EQ(kind("x", 403), Kind::blocked);
  EXPECT_EQ(kind("", 451), Kind::geo_blocked);
  EXPECT_EQ(kind("x", 502), Kind::unclear);
}

TEST(RoomVerdict, reads_restrictions_of_room_info) {
  const auto kind = [](const char* body) { return read_room_info(200, body).kind; };
  EXPECT_EQ(kind(R"({"data":{"prompts":""},"extra":{"now":1},"status_code":4003110})"), Kind::age_restricted);
  EXPECT_EQ(kind(R"({"data":{"status":2,"age_restricted":{"restricted":true}},"status_code":0})"),
            Kind::age_restricted);
  EXPECT_EQ(kind(R"({"data":{"prompts":"Not available in your region"},"status_code":4003110})"),
            Kind::geo_blocked);
  EXPECT_EQ(kind(R"({"data":{"status":2,"age_restricted":{"restricted":false}},"status_code":0})"),
            Kind::unclear);
  EXPECT_EQ(kind("<html>"), Kind::unclear);
}

/// L live, O offline, N not found, A age-restricted, G geo-blocked, B blocked, ? unclear.
TEST(RoomVerdict, weighs_both_sources) {
  constexpr std::array kinds{Kind::live,        Kind::offline, Kind::not_found, Kind::age_restricted,
                             Kind::geo_blocked, Kind::blocked, Kind::unclear};
  constexpr std::string_view columns = "LONAGB?";
  //                                        api: L O N A G B ?
  constexpr std::array<std::string_view, 7> rows{"LLLLLLL",   // page: L
                                                 "LOOAGOO",   //       O
                                                 "LONAGB?",   //       N
                                                 "LAAAAAA",   //       A
                                                 "LGGAGGG",   //       G
                                                 "LOBAGBB",   //       B
                                                 "LO?AGB?"};  //       ?
  for (std::size_t p = 0; p < kinds.size(); ++p) {
    for (std::size_t a = 0; a < kinds.size(); ++a) {
      const auto found = combine(verdict(kinds[p]), verdict(kinds[a]), ann());
      const std::string where = std::string("page ") + columns[p] + ", api " + columns[a];
      const char right = rows[p][a];
      ASSERT_EQ(found.has_value(), right == 'L') << where;
      if (found) {
        EXPECT_EQ(found->room_id, events::RoomId(73)) << where;
        continue;
      }
      const Error& error = found.error();
      const auto code = right == 'O'   ? codes::user_offline
                        : right == 'N' ? codes::user_not_found
                        : right == '?' ? ErrorCode::upstream_error
                                       : ErrorCode::blocked;
      EXPECT_EQ(error.code, code) << where;
      const std::string& reason = error.details().reason;
      if (right == 'A' || right == 'G') {
        EXPECT_EQ(reason, right == 'A' ? "age_restricted" : "geo_blocked") << where;
      } else {
        EXPECT_EQ(reason, "") << where;
      }
    }
  }
}

TEST(RoomVerdict, facts_are_those_of_the_live_source_completed_by_the_other) {
  RoomVerdict of_page = verdict(Kind::unclear), of_api = verdict(Kind::live);
  of_page.facts.title = "of the page";
  of_page.facts.likes = 5;
  of_api.facts.title = "of the api";
  auto found = combine(of_page, of_api, ann());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->facts.title, "of the api");
  EXPECT_EQ(found->facts.likes, 5u);
  of_page.kind = Kind::offline;
  EXPECT_EQ(combine(of_page, of_api, ann())->facts.likes, std::nullopt) << "that was the stream before";
}

TEST(RoomVerdict, check_alive_is_read_by_room) {
  const std::string body =
      R"({"data":[{"alive":true,"room_id":7,"room_id_str":"7"},{"alive":false,"room_id":8,"room_id_str":"8"}],"status_code":0})";
  EXPECT_EQ(read_check_alive(body, events::RoomId(7)), true);
  EXPECT_EQ(read_check_alive(body, events::RoomId(8)), false);
  EXPECT_EQ(read_check_alive(body, events::RoomId(9)), std::nullopt);
  EXPECT_EQ(read_check_alive("<html>", events::RoomId(7)), std::nullopt);
}

TEST(RoomFacts, are_read_from_page_and_api_alike) {
  const std::string user =
      R"({"id":"6800000000000000001","uniqueId":"ann","nickname":"Ann 🎤","roomId":"73",)"
      R"x("avatarLarger":"javascript:alert(1)","avatarMedium":"https://p16.tiktokcdn.com/m.webp"})x";
  const std::string room =
      R"({"status":2,"title":"Quiz","startTime":1785214815,"coverUrl":"https://p16.tiktokcdn.com/c.webp",)"
      R"("liveRoomStats":{"userCount":321,"enterCount":4321,"likeCount":"9007199254740993"}})";
  const auto from_page = read_live_page(
      200, page(R"({"LiveRoom":{"liveRoomUserInfo":{"user":)" + user + R"(,"liveRoom":)" + room + "}}}"));
  const auto from_api = read_api_live(
      200, R"({"statusCode":0,"message":"","data":{"user":)" + user + R"(,"liveRoom":)" + room + "}}");
  for (const RoomVerdict* verdict : {&from_page, &from_api}) {
    std::string json;
    JsonWriter out(json);
    out.open();
    write_room(out, verdict->facts);
    out.close();
    EXPECT_EQ(json,
              R"({"room":{"title":"Quiz","started_at":"2026-07-28T05:00:15.000Z",)"
              R"("cover_url":"https://p16.tiktokcdn.com/c.webp","host":{"id":"6800000000000000001",)"
              R"("username":"ann","nickname":"Ann 🎤","avatar_url":"https://p16.tiktokcdn.com/m.webp"},)"
              R"("viewers":321,"likes":9007199254740993}})");
  }
}

TEST(RoomFacts, what_is_not_known_is_absent) {
  RoomFacts facts = read_live_page(200, page(live_room("73", 2))).facts;
  EXPECT_TRUE(facts.empty());
  std::string json;
  JsonWriter out(json);
  out.open();
  write_room(out, facts);
  write_room(out, std::nullopt);
  out.close();
  EXPECT_EQ(json, "{}");
  const auto odd = read_api_live(
      200, R"({"statusCode":0,"data":{"user":{"roomId":"73","id":0,"nickname":7},"liveRoom":{"status":2,)"
           R"("title":null,"startTime":-1,"coverUrl":"ftp://x","liveRoomStats":{"userCount":-5}}}})");
  EXPECT_EQ(odd.kind, Kind::live);
  EXPECT_TRUE(odd.facts.empty());
}

TEST(RoomFacts, long_titles_are_cut_between_characters) {
  const auto title_of = [](const std::string& title) {
    return read_api_live(
               200, R"({"data":{"user":{"roomId":"73"},"liveRoom":{"status":2,"title":")" + title + R"("}}})")
        .facts.title;
  };
  EXPECT_EQ(title_of(std::string(1'000, 'x')).size(), 1'000u);
  EXPECT_EQ(title_of(std::string(1'001, 'x')), std::string(1'000, 'x'));
  EXPECT_EQ(title_of(std::string(999, 'x') + "é"), std::string(999, 'x'));
}

}  // namespace papi::live
