#include "platform/log/logger.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "platform/http/middlewares.hpp"

namespace papi {
namespace {

/// Returns what `write` logs in the name of a program called "shop".
template <class Write>
std::string logged(LogFormat format, const Write& write) {
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
            "{\"timestamp\":\"2023-11-14T22:13:20.000Z\",\"level\":\"INFO\",\"logger\":\"shop\","
            "\"message\":\"Ready\",\"port\":80}\n");
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
                  .starts_with("{\"timestamp\":\"2023-11-14T22:13:20.000Z\",\"level\":\"INFO\","
                               "\"logger\":\"shop.access\",\"message\":\"Request completed\","));
}

}  // namespace papi
