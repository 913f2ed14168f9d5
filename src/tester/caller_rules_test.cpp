#include "tester/caller_rules.hpp"

#include <gtest/gtest.h>

namespace papi::tester {
namespace {

using papi::ErrorCode;
using papi::http::Exchange;
using papi::http::Method;
using papi::http::Request;

std::optional<ErrorCode> verdict(const std::string& hosts, Method method, std::string_view authority,
                                 std::vector<papi::http::Header> more) {
  papi::net::io_context context;
  const CheckCaller check(*AllowedHosts::parse(hosts));
  Request request;
  request.method = method;
  request.target = request.path = "/api/x";
  request.authority = authority;
  request.headers = std::move(more);
  request.headers.push_back({"Host", authority});
  Exchange exchange(request, context.get_executor());
  const auto refusal = check.enter(exchange);
  return refusal ? std::optional(refusal->code) : std::nullopt;
}

}  // namespace

TEST(AllowedHosts, takes_this_machine_and_the_names_of_the_operator) {
  const auto hosts = AllowedHosts::parse("Tester.example.org, 192.0.2.7,[2001:DB8:0::7]");
  ASSERT_TRUE(hosts);
  for (const std::string good :
       {"localhost", "localhost:3001", "LOCALHOST:1", "127.0.0.1:3001", "[::1]:3001", "[::1]",
        "[0:0::1]:3001", "tester.example.org:80", "192.0.2.7", "[2001:db8::7]:3001"})
    EXPECT_TRUE(hosts->allows(good)) << good;
  for (const std::string bad :
       {"", "evil.example", "localhost.evil.example", "evil.example:3001", "127.0.0.2",
        "127.0.0.1.evil.example", "user@localhost", "localhost:x", "2001:db8::7", "*"})
    EXPECT_FALSE(hosts->allows(bad)) << bad;
}

TEST(AllowedHosts, refuses_a_list_that_is_malformed) {
  for (const std::string bad : {"a.example:3001", "http://a.example", "a.example,,b", "a b", "[::1", "a:"})
    EXPECT_FALSE(AllowedHosts::parse(bad)) << bad;
  EXPECT_EQ(AllowedHosts::parse("a:1").error().details().faults.front().message,
            "'a:1' is not a host name or address, without a port");
  EXPECT_TRUE(AllowedHosts::parse(" "));
}

TEST(CheckCaller, knows_its_own_page) {
  const std::string own = "localhost:3001";
  const auto forbidden = std::optional(ErrorCode::insufficient_permissions);
  const struct {
    Method method;
    std::string authority;
    std::vector<papi::http::Header> headers;
    std::optional<ErrorCode> verdict;
  } rows[] = {
      {Method::get, own, {}, std::nullopt},
      {Method::post, own, {}, std::nullopt},
      {Method::post, own, {{"Origin", "http://localhost:3001"}}, std::nullopt},
      {Method::post, "[::1]:3001", {{"Origin", "http://[::1]:3001"}}, std::nullopt},
      {Method::post, own, {{"Origin", "http://localhost:3002"}}, forbidden},
      {Method::post, own, {{"Origin", "https://localhost:3001"}}, forbidden},
      {Method::post, own, {{"Origin", "http://127.0.0.1:3001"}}, forbidden},
      {Method::post, own, {{"Origin", "null"}}, forbidden},
      {Method::post,
       own,
       {{"Origin", "http://localhost:3001"}, {"Origin", "http://evil.example"}},
       forbidden},
      {Method::del, own, {{"Origin", "http://evil.example"}}, forbidden},
      {Method::options, own, {{"Origin", "http://evil.example"}}, forbidden},
      {Method::other, own, {{"Origin", "http://evil.example"}}, forbidden},
      {Method::get, own, {{"Origin", "http://evil.example"}}, std::nullopt},
      {Method::head, own, {{"Origin", "http://evil.example"}}, std::nullopt},
      {Method::get, own, {{"Origin", "http://evil.example"}, {"Upgrade", "websocket"}}, forbidden},
      {Method::get, own, {{"Origin", "http://localhost:3001"}, {"Upgrade", "websocket"}}, std::nullopt},
      {Method::get, own, {{"Upgrade", "websocket"}}, std::nullopt},
      {Method::get, "evil.example:3001", {}, papi::tester::wrong_host},
      {Method::post, "evil.example:3001", {{"Origin", "http://evil.example:3001"}}, papi::tester::wrong_host},
      {Method::get, "more.example", {}, std::nullopt},
      {Method::get, "a b", {}, ErrorCode::validation},
  };
  for (const auto& row : rows) {
    std::string shown = std::string(to_string(row.method)) + " " + row.authority;
    for (const auto& header : row.headers) shown += " " + std::string(header.value);
    EXPECT_EQ(verdict("more.example", row.method, row.authority, row.headers), row.verdict) << shown;
  }
}

}  // namespace papi::tester
