#include "platform/http/errors.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "platform/http/fault_list.hpp"

namespace papi::http {
namespace {

using namespace std::chrono_literals;

struct Rendered {
  Response response;
  json::object body;

  std::string details() const { return body.contains("details") ? json::serialize(body.at("details")) : ""; }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return std::string(value);
    }
    return {};
  }
};

Rendered render(const Error& error, const ErrorTable& table = ErrorTable()) {
  net::io_context context;
  Request request;
  request.path = "/x";
  Exchange exchange(request, context.get_executor());
  exchange.correlation_id = "c1";
  Rendered out{to_response(table, error, exchange, 0), {}};
  out.body = json::parse(out.response.body).as_object();
  return out;
}

TEST(Errors, an_error_without_details_has_the_members_of_every_error_and_no_details) {
  const Rendered plain = render(Error(ErrorCode::not_found, "Not Found"));
  EXPECT_EQ(json::serialize(plain.body),
            R"({"error":"NOT_FOUND","message":"Not Found","detail":"Not Found","correlation_id":"c1",)"
            R"("timestamp":"1970-01-01T00:00:00.000Z","path":"/x","type":"about:blank","title":"Not Found",)"
            R"("status":404,"instance":"/x"})");
  EXPECT_EQ(plain.response.status, 404u);
  EXPECT_EQ(plain.header("Retry-After"), "");
}

TEST(Errors, each_typed_detail_has_its_name_and_its_header) {
  FaultList faults;
  faults.add("a", "required");
  faults.add("b", "too long");
  EXPECT_EQ(
      render(*faults.error()).details(),
      R"({"field":"a","errors":[{"field":"a","message":"required"},{"field":"b","message":"too long"}]})");
  EXPECT_EQ(render(invalid("a", "required")).details(),
            R"({"field":"a","errors":[{"field":"a","message":"required"}]})");

  Error method(ErrorCode::method_not_allowed, "Method Not Allowed");
  method.edit().allow = "GET, HEAD";
  EXPECT_EQ(render(method).details(), R"({"allow":"GET, HEAD"})");
  EXPECT_EQ(render(method).header("Allow"), "GET, HEAD");

  Error forbidden(ErrorCode::insufficient_permissions, "no");
  forbidden.edit().required_permission = "write";
  EXPECT_EQ(render(forbidden).details(), R"({"required_permission":"write"})");

  Error noted(ErrorCode::upstream_error, "failed");
  noted.edit().notes = {{"sign_status", std::int64_t{500}}, {"request_id", std::string("r1")}};
  EXPECT_EQ(render(noted).details(), R"({"sign_status":500,"request_id":"r1"})");
}

TEST(Errors, a_used_up_limit_says_which_one_in_details_and_at_the_top) {
  const Rendered limited =
      render(limit_exceeded({"api", "RATE_LIMIT_API_REQUESTS", 100, 60s, 0}, 12s, "Slow down"));
  EXPECT_EQ(limited.response.status, 429u);
  EXPECT_EQ(limited.header("Retry-After"), "12");
  EXPECT_EQ(
      limited.details(),
      R"({"rule":"api","setting":"RATE_LIMIT_API_REQUESTS","limit":100,"window":60,"remaining":0,"retry_after":12})");
  EXPECT_EQ(limited.body.at("retry_after").as_int64(), 12);
  EXPECT_EQ(limited.body.at("limit").as_int64(), 100);
  EXPECT_EQ(limited.body.at("window").as_int64(), 60);
  EXPECT_EQ(limited.body.at("remaining").as_int64(), 0);
}

TEST(Errors, a_503_always_says_when_to_try_again) {
  EXPECT_EQ(render(Error(ErrorCode::unavailable, "busy")).header("Retry-After"), "5");
  const Rendered later = render(retry_later(ErrorCode::unavailable, "busy", 2s));
  EXPECT_EQ(later.header("Retry-After"), "2");
  EXPECT_EQ(later.details(), R"({"retry_after":2})");
  // Of other codes only where it is known.
  EXPECT_EQ(render(retry_later(ErrorCode::authentication_failed, "locked", 900s)).header("Retry-After"),
            "900");
}

TEST(Errors, the_reason_of_an_error_replaces_the_reason_of_its_code) {
  const ErrorTable table({{{ErrorCode::blocked, 502, "CONNECTION_ERROR", "blocked", "m", "r"}}});
  Error error(ErrorCode::blocked, "no");
  EXPECT_EQ(render(error, table).details(), R"({"reason":"blocked"})");
  error.edit().reason = "age_restricted";
  EXPECT_EQ(render(error, table).details(), R"({"reason":"age_restricted"})");
}

TEST(Errors, a_copy_that_is_edited_leaves_the_first_as_it_is) {
  const Error first = retry_later(ErrorCode::unavailable, "busy", 2s);
  Error second = first;
  second.edit().retry_after = 7s;
  EXPECT_EQ(first.details().retry_after, 2s);
  EXPECT_EQ(second.details().retry_after, 7s);
}

}  // namespace
}  // namespace papi::http
