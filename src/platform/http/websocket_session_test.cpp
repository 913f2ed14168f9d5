#include "platform/http/websocket_session.hpp"

#include <gtest/gtest.h>

#include "platform/net/socket_pair.hpp"

namespace papi::http {
namespace {

using std::chrono::milliseconds;

struct SocketAuthorization final : AuthorizationGuard {
  bool still_valid() const override { return valid; }
  bool only_access_withdrawn() const override { return only_access; }
  std::shared_ptr<const AuthorizationGuard> for_permission(Permission) const override { return nullptr; }
  bool valid = true, only_access = false;
};

/// Counts messages until the socket closes. Throws when it gets "throw".
class CountMessages final : public Upgrade {
 public:
  explicit CountMessages(int& messages) : messages_(messages) {}
  Task<void> run(websocket::Socket& socket) override {
    for (;;) {
      auto message = co_await socket.receive();
      if (!message) co_return;
      ++messages_;
      if (message->payload == "throw") throw std::runtime_error("a bug");
      if (message->payload == "end") co_return;
    }
  }

 private:
  int& messages_;
};

/// A frame as a client sends it, with a mask of zeros.
std::string client_frame(websocket::Opcode opcode, std::string_view payload) {
  std::string frame;
  websocket::append_frame_header(frame, opcode, payload.size());
  frame[1] = static_cast<char>(static_cast<unsigned char>(frame[1]) | 0x80);
  return frame + std::string(4, '\0') + std::string(payload);
}
std::string close_frame(unsigned code, std::string_view reason) {
  std::string frame;
  const auto close_code = static_cast<websocket::CloseCode>(code);
  websocket::append_frame(frame, websocket::Opcode::close, websocket::close_payload(close_code, reason));
  return frame;
}

/// A session over a socket pair. Time stands still until a test advances it.
struct OpenSession {
  OpenSession() {
    limits.message_bytes = 100;
    limits.close_wait = std::chrono::seconds(3);
    limits.ping_interval = std::chrono::seconds(25);
    reasons.credentials_ended = {websocket::CloseCode{4901}, "ended"};
    reasons.access_withdrawn = {websocket::CloseCode{4903}, "withdrawn"};
  }
  ~OpenSession() {
    transport.close();
    run();
    EXPECT_TRUE(!session || over);
  }
  void begin(std::unique_ptr<Upgrade> what = nullptr, std::string unread = "") {
    conversation = what ? std::move(what) : std::make_unique<CountMessages>(messages);
    session.emplace(transport, std::move(unread), limits, reasons, guard, log, clock);
    net::co_spawn(context, session->run(*conversation), [this](std::exception_ptr) { over = true; });
    run();
  }
  void run() { test::run_ready(context); }
  std::string ask(std::string_view bytes) {
    pair.send(bytes);
    run();
    return pair.receive();
  }
  std::string sweep_after(milliseconds time) {
    clock.advance(time);
    session->sweep(clock.steady());
    run();
    return pair.receive();
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
  websocket::SocketLimits limits;
  CloseReasons reasons;
  const std::shared_ptr<SocketAuthorization> guard = std::make_shared<SocketAuthorization>();
  int messages = 0;
  std::unique_ptr<Upgrade> conversation;
  std::optional<WebSocketSession> session;
  bool over = false;
};

struct WebSocketSessionTest : testing::Test, OpenSession {};

using websocket::Opcode;

}  // namespace

TEST_F(WebSocketSessionTest, what_came_behind_the_handshake_is_the_first_message) {
  begin(nullptr, client_frame(Opcode::text, "a"));
  EXPECT_EQ(messages, 1);
  EXPECT_EQ(ask(client_frame(Opcode::text, "b")), "");
  EXPECT_EQ(messages, 2);
}

TEST_F(WebSocketSessionTest, the_sweep_closes_a_socket_whose_authorization_has_ended) {
  const struct {
    bool only_access;
    unsigned code;
    std::string_view reason;
  } rows[] = {{false, 4901, "ended"}, {true, 4903, "withdrawn"}};
  for (const auto& row : rows) {
    OpenSession test;
    test.begin();
    EXPECT_EQ(test.sweep_after(milliseconds(500)), "");
    test.guard->valid = false;
    test.guard->only_access = row.only_access;
    EXPECT_EQ(test.pair.receive(), "") << "only the sweep asks";
    EXPECT_EQ(test.sweep_after(milliseconds(500)), close_frame(row.code, row.reason));
    EXPECT_FALSE(test.over) << "the peer has not answered";
    EXPECT_EQ(test.ask(client_frame(
                  Opcode::close, websocket::close_payload(static_cast<websocket::CloseCode>(row.code), ""))),
              "");
    EXPECT_TRUE(test.over);
  }
}

TEST_F(WebSocketSessionTest, what_is_queued_is_dropped_when_the_authorization_ends) {
  struct Flood final : Upgrade {
    Task<void> run(websocket::Socket& socket) override {
      const auto frame = websocket::text_frame(std::string(64 * 1024, 'x'));
      for (int i = 0; i < 100; ++i) socket.send(frame);
      while (co_await socket.receive()) {
      }
    }
  };
  limits.outbox.bytes = 100 * 1024 * 1024;
  begin(std::make_unique<Flood>());
  guard->valid = false;
  session->sweep(clock.steady());
  std::string all;
  for (std::string piece = pair.receive(); !piece.empty(); piece = pair.receive()) {
    all += piece;
    run();
  }
  EXPECT_TRUE(all.ends_with(close_frame(4901, "ended")));
  EXPECT_LT(all.size(), std::size_t{65} * 64 * 1024) << "at most one batch of 64 frames was being written";
}

TEST_F(WebSocketSessionTest, a_message_of_the_limit_is_taken_and_one_byte_more_closes_with_1009) {
  begin();
  EXPECT_EQ(ask(client_frame(Opcode::text, std::string(100, 'a'))), "");
  EXPECT_EQ(messages, 1);
  const std::string answer = ask(client_frame(Opcode::text, std::string(101, 'a')));
  ASSERT_GE(answer.size(), 4u);
  EXPECT_EQ(websocket::code_of_close(answer.substr(2)), 1009u);
  EXPECT_EQ(messages, 1);
}

TEST_F(WebSocketSessionTest, a_message_in_fragments_has_the_same_limit) {
  begin();
  std::string first = client_frame(Opcode::text, std::string(60, 'a'));
  first[0] = static_cast<char>(static_cast<unsigned char>(first[0]) & 0x7F);  // not the last fragment
  EXPECT_EQ(ask(first), "");
  const std::string answer = ask(client_frame(Opcode::continuation, std::string(41, 'a')));
  ASSERT_GE(answer.size(), 4u);
  EXPECT_EQ(websocket::code_of_close(answer.substr(2)), 1009u);
}

TEST_F(WebSocketSessionTest, a_peer_that_does_not_answer_the_close_frame_is_cut_off_after_its_time) {
  begin();
  session->stop();
  run();
  EXPECT_EQ(pair.receive(), close_frame(1001, "server is shutting down"));
  sweep_after(milliseconds(2'999));
  EXPECT_FALSE(over);
  sweep_after(milliseconds(1));
  EXPECT_TRUE(over);
}

TEST_F(WebSocketSessionTest, a_quiet_peer_is_pinged_and_a_silent_one_is_cut_off_after_three_pings) {
  begin();
  EXPECT_EQ(sweep_after(milliseconds(25'000)), "");
  EXPECT_EQ(sweep_after(milliseconds(1)), std::string("\x89\x00", 2));
  sweep_after(milliseconds(49'999));
  EXPECT_FALSE(over);
  sweep_after(milliseconds(1));
  EXPECT_TRUE(over);
}

TEST_F(WebSocketSessionTest, the_end_of_a_conversation_is_told_with_a_code) {
  const struct {
    std::string_view message;
    unsigned code;
    std::string_view reason;
  } rows[] = {{"end", 1000, ""}, {"throw", 1011, "the service failed"}};
  for (const auto& row : rows) {
    OpenSession test;
    test.begin();
    EXPECT_EQ(test.ask(client_frame(Opcode::text, row.message)), close_frame(row.code, row.reason));
  }
}

TEST_F(WebSocketSessionTest, a_refused_handshake_is_closed_with_its_code_and_text) {
  begin(std::make_unique<RefuseUpgrade>(websocket::CloseCode{4904}, "why"));
  EXPECT_EQ(pair.receive(), close_frame(4904, "why"));
}

TEST(CloseReasons, an_error_has_a_code_of_the_rfc_if_the_product_has_none) {
  const struct {
    ErrorCode error;
    unsigned code;
  } rows[] = {{ErrorCode::validation, 1008},
              {ErrorCode::authentication_required, 1008},
              {ErrorCode::unavailable, 1001},
              {ErrorCode::database, 1011},
              {ErrorCode::internal, 1011}};
  for (const auto& row : rows)
    EXPECT_EQ(static_cast<unsigned>(CloseReasons().of_refusal(row.error)), row.code);
}

TEST_F(WebSocketSessionTest, a_lost_peer_ends_the_session) {
  begin();
  pair.close();
  run();
  EXPECT_TRUE(over);
}

}  // namespace papi::http
