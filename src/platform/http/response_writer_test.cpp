#include "platform/http/response_writer.hpp"

#include <gtest/gtest.h>

namespace papi::http {

TEST(ResponseWriter, an_answer_with_a_policy_of_its_own_does_not_get_the_fixed_one) {
  net::io_context thread;
  const Request request;
  const Exchange exchange(request, thread.get_executor());
  const FixedHeaders fixed{"X-Fixed: 1\r\n", "Content-Security-Policy: default-src 'none'\r\n", ""};
  const auto text_of = [&](const Response& response) {
    std::string text;
    append_response(text, exchange, response, fixed, true, 0);
    return text;
  };
  Response plain("{}");
  EXPECT_NE(text_of(plain).find("X-Fixed: 1\r\nContent-Security-Policy: default-src 'none'\r\n"),
            std::string::npos);
  plain.headers.emplace_back("Content-Security-Policy", "script-src 'self'");
  const std::string own = text_of(plain);
  EXPECT_NE(own.find("Content-Security-Policy: script-src 'self'\r\nX-Fixed: 1\r\n"), std::string::npos)
      << own;
  EXPECT_EQ(own.find("default-src"), std::string::npos) << own;
}

}  // namespace papi::http
