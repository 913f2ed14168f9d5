// Answers of another server that a connection passes on.

#include <gtest/gtest.h>

#include "platform/http/body_stream.hpp"
#include "platform/http/connection_fixture.hpp"
#include "platform/http/tunnel.hpp"

namespace papi::http {
namespace {

class TwoPieces final : public BodyStream {
 public:
  Task<void> run(BodyWriter& writer) override;
  void stop() override {}
};

Task<void> TwoPieces::run(BodyWriter& writer) {
  const std::string_view first = "one", second = "two";
  co_await writer.write(first);
  co_await writer.write(second);
}

/// Answers with what was sent behind the request, then waits until the client leaves.
class Echo final : public Tunnel {
 public:
  Task<void> run(Transport& client, std::string unread) override;
  void sweep(std::chrono::steady_clock::time_point) override { ++sweeps; }
  void stop() override { client_->close(); }
  static inline int sweeps = 0;

 private:
  Transport* client_ = nullptr;
};

Task<void> Echo::run(Transport& client, std::string unread) {
  client_ = &client;
  const net::const_buffer bytes(unread.data(), unread.size());
  co_await client.write(bytes);
  char byte;
  const net::mutable_buffer space(&byte, 1);
  co_await client.read_some(space);
}

struct PassedAnswerTest : testing::Test, test::OpenConnection {
  void answer(std::string lines, bool has_length, bool body) {
    options.fixed_headers.all = "X-Fixed: 1\r\n";
    open({test::route_to(Method::get, "/x", DirectHandler([=](Exchange&) -> Result<Response> {
                           Response response;
                           response.status = 299;
                           response.passed_head = PassedHead{lines, has_length};
                           if (body) response.stream = std::make_unique<TwoPieces>();
                           return response;
                         }))},
         {});
  }
};

}  // namespace

TEST_F(PassedAnswerTest, a_body_of_known_length_is_sent_as_it_is) {
  answer("HTTP/1.1 299 Own\r\nContent-Length: 6\r\nA: 1\r\n", true, true);
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
            "HTTP/1.1 299 Own\r\nContent-Length: 6\r\nA: 1\r\n\r\nonetwo");
  EXPECT_FALSE(over) << "the connection goes on";
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 299 Own\r\nContent-Length: 6\r\nA: 1\r\nConnection: close\r\n\r\nonetwo");
}

TEST_F(PassedAnswerTest, a_body_of_unknown_length_is_chunked) {
  answer("HTTP/1.1 200 OK\r\n", false, true);
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
  EXPECT_FALSE(over);
}

TEST_F(PassedAnswerTest, an_old_client_reads_until_the_end) {
  answer("HTTP/1.1 200 OK\r\n", false, true);
  EXPECT_EQ(ask("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nonetwo");
  EXPECT_TRUE(over);
}

TEST_F(PassedAnswerTest, the_answer_to_head_has_the_header_only) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n", true, true);
  EXPECT_EQ(ask("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
}

TEST_F(PassedAnswerTest, an_answer_without_a_body_ends_with_its_header) {
  answer("HTTP/1.1 204 No Content\r\n", false, false);
  EXPECT_EQ(ask("GET /x HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(over);
}

TEST_F(PassedAnswerTest, a_tunnel_gets_the_bytes_behind_the_request_and_ends_the_connection) {
  open({test::route_to(
           Method::get, "/x", DirectHandler([](Exchange&) -> Result<Response> {
             Response response;
             response.status = 101;
             response.passed_head = PassedHead{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n", false};
             response.tunnel = std::make_unique<Echo>();
             return response;
           }))},
       {});
  const std::string request = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
  EXPECT_EQ(ask(request + "behind"), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbehind");
  const int before = Echo::sweeps;
  sweep_after(std::chrono::milliseconds(500));
  EXPECT_EQ(Echo::sweeps, before + 1);
  EXPECT_FALSE(over);
  connection->drain();
  run();
  EXPECT_TRUE(over);
}

TEST(Pipeline, a_server_may_choose_the_route_of_every_request_itself) {
  Route route;
  route.handler = DirectHandler([](Exchange&) -> Result<Response> { return Response("{}"); });
  const Pipeline pipeline(
      [&route](const Request& request) { return request.path == "/x" ? &route : nullptr; }, {}, ErrorTable());
  net::io_context context;
  for (const Method method : {Method::get, Method::options, Method::other}) {
    Request request;
    request.method = method;
    request.path = "/x";
    Exchange exchange(request, context.get_executor());
    EXPECT_FALSE(pipeline.enter(exchange).refusal);
    EXPECT_EQ(exchange.route, &route);
  }
  Request request;
  request.path = "/y";
  Exchange exchange(request, context.get_executor());
  const auto entered = pipeline.enter(exchange);
  ASSERT_TRUE(entered.refusal);
  EXPECT_EQ(entered.refusal->code, ErrorCode::not_found);
}

}  // namespace papi::http
