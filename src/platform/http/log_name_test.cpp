#include "platform/log/logger.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "platform/http/middlewares.hpp"
#include "tests/local_zone.hpp"

namespace papi {
namespace {

/// Returns what `write` logs in the name of a program called "shop".
template <class Write>
std::string logged(LogFormat format, const Write& write) {
  const test::LocalZone utc("UTC");
  int ends[2];
  if (::pipe(ends) != 0) return "no pipe";
  LogOptions options;
  options.name = "shop";
  options.format = format;
  options.output = ends[1];
  {
    const ManualClock clock;
    Logger log(options, clock);
    write(log, clock);
  }
  std::string text(16 * 1024, '\0');
  const auto n = ::read(ends[0], text.data(), text.size());
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  ::close(ends[0]);
  ::close(ends[1]);
  return text;
}

}  // namespace

TEST(Logger, a_line_names_the_program) {
  const auto write = [](Logger& log, const Clock&) { log.info("Ready", {{"port", 80}}); };
  EXPECT_EQ(logged(LogFormat::text, write), "2023-11-14 22:13:20.000 INFO shop: Ready port=80\n");
  EXPECT_EQ(logged(LogFormat::json, write),
            "{\"timestamp\":\"2023-11-14T22:13:20.000Z\",\"time\":\"2023-11-14 22:13:20\",\"level\":\"INFO\","
            "\"logger\":\"shop\",\"message\":\"Ready\",\"port\":80}\n");
}

TEST(Logger, a_line_of_the_access_log_has_a_name_of_its_own) {
  const auto write = [](Logger& log, const Clock& clock) {
    net::io_context context;
    http::Request request;
    request.method_text = "GET";
    request.path = "/x";
    http::Exchange exchange(request, context.get_executor());
    const http::WriteAccessLog access_log(log, clock);
    access_log.enter(exchange);
    http::Response response;
    access_log.leave(exchange, response);
  };
  EXPECT_TRUE(logged(LogFormat::text, write)
                  .starts_with("2023-11-14 22:13:20.000 INFO shop.access: Request completed "));
  EXPECT_TRUE(logged(LogFormat::json, write)
                  .starts_with("{\"timestamp\":\"2023-11-14T22:13:20.000Z\","
                               "\"time\":\"2023-11-14 22:13:20\",\"level\":\"INFO\","
                               "\"logger\":\"shop.access\",\"message\":\"Request completed\","));
}

TEST(Logger, a_slow_request_is_a_warning_and_the_endpoint_is_the_pattern) {
  http::Route route;
  route.endpoint = "GET /x/*";
  route.pattern = "/x/*";
  const auto after = [&route](std::chrono::milliseconds took, unsigned status,
                              std::chrono::milliseconds slow_from) {
    return [&route, took, status, slow_from](Logger& log, const Clock&) {
      net::io_context context;
      http::Request request;
      request.method_text = "GET";
      request.path = "/x/7";
      http::Exchange exchange(request, context.get_executor());
      exchange.route = &route;
      exchange.correlation_id = "c";
      ManualClock clock;
      const http::WriteAccessLog access_log(log, clock, slow_from);
      access_log.enter(exchange);
      clock.advance(took);
      http::Response response;
      response.status = status;
      access_log.leave(exchange, response);
    };
  };
  using std::chrono::milliseconds;
  const auto text = [&](int took, unsigned status, int slow_from) {
    const std::string line =
        logged(LogFormat::text, after(milliseconds(took), status, milliseconds(slow_from)));
    return line.substr(line.find(' ', 20) + 1);
  };
  const std::string fields =
      " correlation_id=c client_ip=\"\" method=GET path=/x/7 endpoint=/x/* status_code=";
  EXPECT_EQ(text(499, 200, 500),
            "INFO shop.access: Request completed" + fields + "200 duration_ms=499.000 user_agent=\"\"\n");
  EXPECT_EQ(text(500, 200, 500),
            "WARNING shop.access: Slow request" + fields + "200 duration_ms=500.000 user_agent=\"\"\n");
  EXPECT_EQ(text(500, 503, 500),
            "ERROR shop.access: Slow request" + fields + "503 duration_ms=500.000 user_agent=\"\"\n");
  EXPECT_EQ(text(3'600'000, 200, 0),
            "INFO shop.access: Request completed" + fields + "200 duration_ms=3600000.000 user_agent=\"\"\n");
  EXPECT_NE(logged(LogFormat::json, after(milliseconds(500), 200, milliseconds(500)))
                .find("\"level\":\"WARNING\",\"logger\":\"shop.access\",\"message\":\"Slow "
                      "request\",\"correlation_id\":\"c\""),
            std::string::npos);
}

}  // namespace papi
