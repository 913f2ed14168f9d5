#include "ops/log_routes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

namespace papi::ops {
namespace {

struct LogRoutesTest : testing::Test {
  LogRoutesTest() { options.output = ::open("/dev/null", O_WRONLY | O_CLOEXEC); }
  ~LogRoutesTest() override { ::close(options.output); }

  /// Returns the body of the answer, or the message of the error.
  std::string post(const std::string& body) {
    net::io_context context;
    http::Request request;
    request.body = body;
    http::Exchange exchange(request, context.get_executor());
    const auto answer = std::get<http::DirectHandler>(route.handler)(exchange);
    return answer ? answer->body : answer.error().message;
  }

  const ManualClock clock;  // 2023-11-14T22:13:20Z
  LogOptions options;
  Logger log{options, clock};
  Logger live{log, "live"};
  Logger http{log, "http"};
  std::vector<std::string> recorded;
  http::Route route = log_routes(
                          log,
                          [this](const http::Exchange&, const std::string& component,
                                 const std::string& what) { recorded.push_back(component + ": " + what); },
                          clock)
                          .front();
};

TEST_F(LogRoutesTest, changes_a_component_for_a_time_and_ends_the_change) {
  EXPECT_EQ(post(R"({"level":"DEBUG","component":"live","duration_seconds":600})"),
            R"({"status":"success","level":"DEBUG","component":"live","until":"2023-11-14T22:23:20.000Z",)"
            R"("levels":{"all":"INFO","http":"INFO","live":"DEBUG"}})");
  EXPECT_TRUE(live.enabled(LogLevel::debug));
  EXPECT_FALSE(http.enabled(LogLevel::debug));
  EXPECT_EQ(post(R"({"level":"DEFAULT","component":"live"})"),
            R"({"status":"success","level":"INFO","component":"live",)"
            R"("levels":{"all":"INFO","http":"INFO","live":"INFO"}})");
  EXPECT_FALSE(live.enabled(LogLevel::debug));
  EXPECT_EQ(recorded,
            (std::vector<std::string>{"live: log level DEBUG for 600 s", "live: log level DEFAULT"}));
}

TEST_F(LogRoutesTest, without_a_component_all_are_changed_for_fifteen_minutes) {
  EXPECT_EQ(post(R"({"level":"ERROR"})"),
            R"({"status":"success","level":"ERROR","until":"2023-11-14T22:28:20.000Z",)"
            R"("levels":{"all":"ERROR","http":"ERROR","live":"ERROR"}})");
  EXPECT_FALSE(log.enabled(LogLevel::warning));
  EXPECT_FALSE(http.enabled(LogLevel::warning));
  EXPECT_EQ(recorded, std::vector<std::string>{"all: log level ERROR for 900 s"});
}

TEST_F(LogRoutesTest, names_every_fault_and_changes_nothing) {
  EXPECT_EQ(
      post(R"({"level":"debug","component":"life","duration_seconds":86401,"for":1})"),
      "level: must be DEBUG, INFO, WARNING, ERROR, CRITICAL or DEFAULT; component: must be one of http, "
      "live; duration_seconds: must be a whole number from 1 to 86400; for: unknown field");
  EXPECT_EQ(post(R"({"component":"live"})"), "level: required");
  EXPECT_EQ(post(R"({"level":"DEBUG","component":""})"), "component: must be one of http, live");
  EXPECT_TRUE(recorded.empty());
  EXPECT_FALSE(live.enabled(LogLevel::debug));
}

}  // namespace
}  // namespace papi::ops
