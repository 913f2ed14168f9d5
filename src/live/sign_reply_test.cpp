#include "live/sign_reply.hpp"

#include <gtest/gtest.h>

#include "live/error_codes.hpp"
#include "webcast.pb.h"

namespace papi::live {
namespace {

using namespace std::chrono_literals;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr UnixMs now = 2'000'000'000'000;  // Wed, 18 May 2033 03:33:20 GMT

HttpReply reply_of(long status, std::string body, Headers headers = {}) {
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

Error error_of(long status, std::string body, Headers headers = {}, const std::vector<Secret>& secrets = {}) {
  return read_sign_reply(reply_of(status, std::move(body), std::move(headers)), now, secrets).error();
}

/// The text of the error's note of that name; empty: there is none.
std::string note(const Error& error, std::string_view name) {
  for (const ErrorNote& note : error.details().notes) {
    if (note.name != name) continue;
    const auto* number = std::get_if<std::int64_t>(&note.value);
    return number ? std::to_string(*number) : std::get<std::string>(note.value);
  }
  return {};
}

}  // namespace

TEST(SignReply, takes_all_cookies_of_a_good_answer_without_their_attributes) {
  const auto fetch =
      read_sign_reply(reply_of(200, good_fetch(), {{"x-set-tt-cookie", "ttwid=1; Path=/; msToken=2"}}), 0);
  ASSERT_TRUE(fetch);
  EXPECT_EQ(fetch->cookies, "ttwid=1; msToken=2");
}

TEST(SignReply, sorts_every_failure) {
  const auto code = [](long status, std::string body = "", Headers headers = {}) {
    return error_of(status, std::move(body), std::move(headers)).code;
  };
  EXPECT_EQ(code(401), ErrorCode::upstream_error);
  EXPECT_EQ(code(402), ErrorCode::upstream_error);
  EXPECT_EQ(code(403), ErrorCode::blocked);
  EXPECT_EQ(code(429), codes::sign_rate_limited);
  EXPECT_EQ(code(500), ErrorCode::upstream_error);
  EXPECT_EQ(code(504), ErrorCode::upstream_timeout);
  EXPECT_EQ(code(200), ErrorCode::upstream_error) << "empty body";
  EXPECT_EQ(code(200, good_fetch()), ErrorCode::upstream_error) << "no cookies";
  EXPECT_EQ(code(200, "\xFF\xFF", {{"x-set-tt-cookie", "a=1"}}), ErrorCode::upstream_error);
  // JSON with HTTP 200 means what its code says.
  EXPECT_EQ(code(200, R"({"code":429,"message":"slow down"})"), codes::sign_rate_limited);
  EXPECT_EQ(code(200, R"({"code":403,"message":"no"})"), ErrorCode::blocked);
  EXPECT_EQ(code(200, R"({"code":"504","message":"no"})"), ErrorCode::upstream_timeout);
  EXPECT_EQ(code(200, R"( {"code":200,"message":"hm"})"), ErrorCode::upstream_error);
  EXPECT_EQ(code(200, "{broken"), ErrorCode::upstream_error);
}

TEST(SignReply, a_limit_says_when_to_come_back) {
  struct Row {
    Headers headers;
    std::string body;
    std::int64_t seconds;
  };
  for (const Row& row :
       {Row{{{"retry-after", "7"}}, "{}", 7}, Row{{{"retry-after", "0.5"}}, "{}", 1},
        Row{{{"retry-after", "Wed, 18 May 2033 03:34:00 GMT"}}, "{}", 40},
        Row{{{"retry-after", "2000000000001"}}, "{}", 1},
        Row{{{"x-ratelimit-reset", "2000000030"}}, "{}", 30},
        Row{{{"x-ratelimit-reset", "2000000030000"}}, "{}", 30},
        Row{{{"x-ratelimit-reset", "2000000030001"}}, "{}", 31},
        Row{{{"x-ratelimit-reset", "Wed, 18 May 2033 03:33:50 GMT"}}, "{}", 30},
        Row{{{"x-ratelimit-reset", "2033-05-18T03:33:50Z"}}, "{}", 30},
        Row{{{"ratelimit-reset", "12"}}, "{}", 12}, Row{{{"ratelimit-remaining", "9"}}, "{}", 9},
        Row{{{"ratelimit-remaining", "0"}}, "{}", 60},
        Row{{{"retry-after", "soon"}, {"x-ratelimit-reset", "2000000005"}}, "{}", 5},
        Row{{{"x-ratelimit-reset", "1999999999"}}, "{}", 1}, Row{{}, R"({"code":429,"retry_after":17})", 17},
        Row{{}, R"({"code":429,"reset_at":2000000030000})", 30}, Row{{}, "{}", 60},
        Row{{{"retry-after", "86400"}}, "{}", 86'400}, Row{{{"retry-after", "86401"}}, "{}", 86'400}}) {
    const Error error = error_of(429, row.body, row.headers);
    const std::string where = (row.headers.empty() ? std::string() : row.headers[0].second) + row.body;
    ASSERT_EQ(error.code, codes::sign_rate_limited) << where;
    EXPECT_EQ(error.details().retry_after, std::chrono::seconds(row.seconds)) << where;
  }
  EXPECT_EQ(note(error_of(429, "{}", {{"retry-after", "7"}}), "reset_at"), "2033-05-18T03:33:27.000Z");
  EXPECT_EQ(error_of(200, R"({"code":429})", {{"retry-after", "7"}}).details().retry_after,
            std::chrono::seconds(7));
}

TEST(SignReply, the_servers_own_words_are_in_the_details) {
  const Error error =
      error_of(429, R"({"code":429,"message":"Too many connections","limit_label":"per_day"})",
               {{"x-request-id", "r1"}});
  EXPECT_EQ(note(error, "sign_status"), "429");
  EXPECT_EQ(note(error, "code"), "429");
  EXPECT_EQ(note(error, "message"), "Too many connections");
  EXPECT_EQ(note(error, "limit_label"), "per_day");
  EXPECT_EQ(note(error, "request_id"), "r1");

  const Error in_json = error_of(200, R"({"code":402,"message":"Upgrade your plan"})");
  EXPECT_EQ(note(in_json, "sign_status"), "200");
  EXPECT_EQ(note(in_json, "code"), "402");
  EXPECT_EQ(note(in_json, "message"), "Upgrade your plan");
  EXPECT_EQ(in_json.message, "The sign server wants a paid plan for this request (code 402 with HTTP 200)");
  EXPECT_EQ(error_of(402, "{}").message, "The sign server wants a paid plan for this request (HTTP 402)");

  EXPECT_EQ(note(error_of(500, R"({"error":{"code":9,"message":"inner"}})"), "message"), "inner");
  EXPECT_EQ(note(error_of(500, R"({"error":"plain"})"), "message"), "plain");
  EXPECT_EQ(note(error_of(503, "no healthy upstream"), "message"), "no healthy upstream");
  for (const char* body : {"<html>502 Bad Gateway</html>", "", "\xFF\xFE", "{broken", R"({"message":7})"})
    EXPECT_EQ(note(error_of(502, body), "message"), "") << body;
}

TEST(SignReply, words_are_bounded_valid_and_on_one_line) {
  const auto shown = [](const std::string& message) {
    return std::string(note(error_of(500, R"({"message":")" + message + R"("})"), "message"));
  };
  EXPECT_EQ(shown(std::string(300, 'x')).size(), 300u);
  EXPECT_EQ(shown(std::string(301, 'x')), std::string(300, 'x'));
  EXPECT_EQ(shown(std::string(299, 'x') + "é"), std::string(299, 'x'));
  EXPECT_EQ(shown("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(shown("a\\r\\nb"), "a  b");
}

TEST(SignReply, secrets_are_masked_wherever_they_stand) {
  const std::vector<Secret> secrets{Secret("key/1"), Secret(), Secret("sessionid-of-mine")};
  const Error error =
      error_of(403, R"({"message":"key/1 and key/1, key%2F1, sessionid-of-mine","limit_label":"key/1"})",
               {{"x-request-id", "for key/1"}}, secrets);
  EXPECT_EQ(note(error, "message"), "*** and ***, ***, ***");
  EXPECT_EQ(note(error, "limit_label"), "***");
  EXPECT_EQ(note(error, "request_id"), "for ***");
  // Also where the bound would cut it in two.
  const std::string edge(297, 'x');
  EXPECT_EQ(note(error_of(403, R"({"message":")" + edge + R"(key/1"})", {}, secrets), "message"),
            json::string_view(edge + "***"));
}

TEST(SignReply, the_pause_that_an_answer_asks_for) {
  const auto pause = [](long status, Headers headers, std::string body = "x") {
    return requested_pause(reply_of(status, std::move(body), std::move(headers)), now);
  };
  EXPECT_EQ(pause(200, {}), 0ms);
  EXPECT_EQ(pause(500, {}), 0ms);
  EXPECT_EQ(pause(429, {}), 60s);
  EXPECT_EQ(pause(429, {{"retry-after", "7"}}), 7s);
  EXPECT_EQ(pause(200, {}, R"({"code":429})"), 60s);
  EXPECT_EQ(pause(200, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "2000000030"}}), 30s);
  EXPECT_EQ(pause(200, {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "30"}}), 30s);
  EXPECT_EQ(pause(200, {{"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset", "2000000030"}}), 0ms);
  EXPECT_EQ(pause(200, {{"ratelimit-remaining", "60"}}), 0ms) << "requests that are left, not seconds";
  EXPECT_EQ(pause(200, {{"x-ratelimit-remaining", "0"}}), 0ms) << "until when, it does not say";
  EXPECT_EQ(pause(200, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "2000086400"}}), 3600s);
}

TEST(SignReply, waits_are_read_in_every_form) {
  EXPECT_EQ(wait_in("7", now), 7s);
  EXPECT_EQ(wait_in(" 0 ", now), 0s);
  EXPECT_EQ(wait_in("1000000000", now), 1'000'000'000s) << "the largest that is a duration";
  EXPECT_EQ(wait_in("1000000001", now), 0s) << "a point in time, and past";
  EXPECT_EQ(wait_in("2000000001", now), 1s);
  EXPECT_EQ(wait_in("2000000001500", now), 1500ms);
  for (const char* text : {"", "soon", "-1", "7s", "nan", "inf", "1e30", "Wed"})
    EXPECT_EQ(wait_in(text, now), std::nullopt) << text;
}

}  // namespace papi::live
