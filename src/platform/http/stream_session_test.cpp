#include "platform/http/stream_session.hpp"

#include <gtest/gtest.h>

#include "platform/base/notifier.hpp"
#include "platform/net/socket_pair.hpp"

namespace papi::http {
namespace {

using std::chrono::milliseconds;

struct StreamAuthorization final : AuthorizationGuard {
  bool still_valid() const override { return valid; }
  std::shared_ptr<const AuthorizationGuard> for_permission(Permission) const override { return nullptr; }
  bool valid = true;
};

/// Writes `size` bytes, then waits. It ends when it is told to, if it obeys.
struct WritingStream final : BodyStream {
  explicit WritingStream(Executor executor) : wake(executor) {}
  Task<void> run(BodyWriter& writer) override {
    const std::string bytes(size, 'x');
    written = co_await writer.write(bytes);
    if (fails) throw std::runtime_error("a bug");
    while (!ending && written) co_await wake.wait();
  }
  void stop() override {
    ++stopped;
    end();
  }
  void withdraw() override {
    ++withdrawn;
    if (obeys) end();
  }
  void end() {
    ending = true;
    wake.notify();
  }

  Notifier wake;
  std::size_t size = 3;
  int stopped = 0, withdrawn = 0;
  bool obeys = true, fails = false, written = false, ending = false;
};

struct StreamSessionTest : testing::Test {
  StreamSessionTest() { exchange.caller.guard = guard; }
  ~StreamSessionTest() override {
    body.end();
    transport.close();
    run();
    EXPECT_TRUE(whole.has_value());
  }
  void begin() {
    session.emplace(transport, body, writer, exchange, log);
    net::co_spawn(context, session->run(), [this](std::exception_ptr, bool all) { whole = all; });
    run();
  }
  void run() { test::run_ready(context); }
  void sweep_after(milliseconds time) {
    clock.advance(time);
    session->sweep(clock.steady());
    run();
  }
  static LogOptions quiet() {
    LogOptions options;
    options.level = LogLevel::critical;
    return options;
  }

  ManualClock clock;
  net::io_context context;
  test::SocketPair pair{context.get_executor()};
  Transport transport{std::move(pair.server)};
  Logger log{quiet(), clock};
  Request request;
  Exchange exchange{request, context.get_executor()};
  const std::shared_ptr<StreamAuthorization> guard = std::make_shared<StreamAuthorization>();
  WritingStream body{context.get_executor()};
  ChunkedBodyWriter writer{transport, ChunkedBodyWriter::Framing::chunked, milliseconds(10'000), clock};
  std::optional<StreamSession> session;
  std::optional<bool> whole;
};

}  // namespace

TEST_F(StreamSessionTest, a_stream_whose_authorization_ends_is_withdrawn_at_the_next_sweep) {
  begin();
  sweep_after(milliseconds(500));
  EXPECT_EQ(body.withdrawn, 0);
  guard->valid = false;
  sweep_after(milliseconds(500));
  EXPECT_EQ(body.withdrawn, 1);
  EXPECT_EQ(whole, true);
  EXPECT_TRUE(transport.open());
}

TEST_F(StreamSessionTest, a_withdrawn_stream_that_does_not_end_is_cut_off_at_the_sweep_after) {
  body.obeys = false;
  begin();
  guard->valid = false;
  sweep_after(milliseconds(500));
  EXPECT_TRUE(transport.open());
  sweep_after(milliseconds(500));
  EXPECT_FALSE(transport.open());
  EXPECT_EQ(body.withdrawn, 1);
}

TEST_F(StreamSessionTest, a_client_that_takes_nothing_is_cut_off_after_its_time_and_not_before) {
  body.size = std::size_t{4} * 1024 * 1024;
  begin();
  sweep_after(milliseconds(9'999));
  EXPECT_TRUE(transport.open());
  sweep_after(milliseconds(1));
  EXPECT_FALSE(transport.open());
  EXPECT_FALSE(body.written);
}

TEST_F(StreamSessionTest, the_time_begins_again_when_the_client_takes_something) {
  body.size = std::size_t{4} * 1024 * 1024;
  begin();
  clock.advance(milliseconds(9'999));
  EXPECT_NE(pair.receive(std::size_t{256} * 1024), "");
  run();
  sweep_after(milliseconds(9'999));
  EXPECT_TRUE(transport.open());
  sweep_after(milliseconds(1));
  EXPECT_FALSE(transport.open());
}

TEST_F(StreamSessionTest, a_stream_that_fails_is_not_whole) {
  body.fails = true;
  begin();
  EXPECT_EQ(whole, false);
  EXPECT_EQ(pair.receive(), "3\r\nxxx\r\n");
}

TEST_F(StreamSessionTest, a_stream_may_end_without_a_byte) {
  body.size = 0;
  body.ending = true;
  begin();
  EXPECT_EQ(whole, true);
  EXPECT_EQ(pair.receive(), "");
}

TEST_F(StreamSessionTest, bytes_of_the_next_request_do_not_end_a_stream) {
  begin();
  pair.send("GET / HTTP/1.1\r\n");
  run();
  EXPECT_EQ(whole, std::nullopt);
  session->stop();
  run();
  EXPECT_EQ(whole, true);
}

}  // namespace papi::http
