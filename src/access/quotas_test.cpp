#include "access/quotas.hpp"

#include <gtest/gtest.h>

#include "access/rate_rules.hpp"

namespace papi::quota {
namespace {

using namespace std::chrono_literals;
using Limit = std::optional<LimitReached>;

TEST(Quotas, the_settings_of_a_rate_rule_have_its_name) {
  EXPECT_EQ(settings_of(rate_rule::api), "RATE_LIMIT_API");
  EXPECT_EQ(settings_of(rate_rule::websocket), "RATE_LIMIT_WEBSOCKET");
}

TEST(Quotas, the_error_of_a_rate_limit_says_when_to_come_again) {
  http::RateVerdict verdict;
  verdict.allowed = false;
  verdict.rule = rate_rule::connect;
  verdict.limit = 20;
  verdict.window = verdict.full_in = 60s;
  verdict.retry_after = 3s;
  const Error error = too_many_requests(verdict);
  EXPECT_EQ(error.code, ErrorCode::rate_limited);
  EXPECT_EQ(error.message,
            "Rate limit exceeded: rule 'connect' allows 20 requests in 60 s (RATE_LIMIT_CONNECT_REQUESTS); "
            "try again in 3 s");
  EXPECT_EQ(error.details().limit, Limit({"connect", "RATE_LIMIT_CONNECT_REQUESTS", 20, 60s, 0}));
  EXPECT_EQ(error.details().retry_after, 3s);
}

TEST(Quotas, sessions_are_bounded_for_a_caller_and_for_all) {
  const SessionQuota quota{.of_all = 4, .of_caller = 2};
  EXPECT_TRUE(quota.check(3, 1));
  const auto own = quota.check(3, 2);
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code, ErrorCode::rate_limited);
  EXPECT_EQ(own.error().message,
            "At most 2 sessions of one key run at once (LIVE_MAX_SESSIONS_PER_KEY): disconnect one first");
  EXPECT_EQ(own.error().details().limit, Limit({"running sessions", "LIVE_MAX_SESSIONS_PER_KEY", 2, 0s, 0}));
  EXPECT_EQ(own.error().details().retry_after, 60s);
  const auto all = quota.check(4, 2);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, ErrorCode::unavailable);
  EXPECT_EQ(all.error().message, "Too many sessions: at most 4 run at once");
}

TEST(Quotas, sockets_are_bounded_for_a_key_and_for_an_address) {
  SocketQuota quota(SocketQuota::Limits{2, 3});
  auto first = quota.open("ann", "192.0.2.1");
  const auto second = quota.open("ann", "192.0.2.2");
  EXPECT_TRUE(first.permit && second.permit);
  const auto third = quota.open("ann", "192.0.2.3");
  EXPECT_FALSE(third.permit);
  EXPECT_EQ(third.scope, "key");
  EXPECT_EQ(third.error.message,
            "At most 2 sockets and streams of one key at a time (WEBSOCKET_MAX_PER_KEY): close one first");
  EXPECT_EQ(third.error.details().limit, Limit({"open sockets", "WEBSOCKET_MAX_PER_KEY", 2, 0s, 0}));
  EXPECT_EQ(third.error.details().retry_after, 30s);

  const auto bob = quota.open("bob", "192.0.2.1");
  const auto eve = quota.open("eve", "192.0.2.1");
  EXPECT_TRUE(bob.permit && eve.permit);
  EXPECT_EQ(quota.count(), 4u);
  EXPECT_EQ(quota.count_of("ann"), 2u);
  EXPECT_EQ(quota.count_of("zoe"), 0u);
  const auto zoe = quota.open("zoe", "192.0.2.1");
  EXPECT_FALSE(zoe.permit);
  EXPECT_EQ(zoe.scope, "address");
  EXPECT_EQ(zoe.error.message,
            "At most 3 sockets and streams of one address at a time (WEBSOCKET_MAX_PER_ADDRESS): close one "
            "first");
  EXPECT_EQ(zoe.error.details().limit, Limit({"open sockets", "WEBSOCKET_MAX_PER_ADDRESS", 3, 0s, 0}));

  first.permit.reset();
  EXPECT_EQ(quota.count(), 3u);
  EXPECT_TRUE(quota.open("ann", "192.0.2.1").permit);
}

}  // namespace
}  // namespace papi::quota
