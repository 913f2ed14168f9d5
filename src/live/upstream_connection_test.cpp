#include "live/upstream_connection.hpp"

#include <boost/asio/use_future.hpp>

#include "live/tiktok_fixture.hpp"
#include "platform/base/promise.hpp"

namespace papi::live::upstream_connection_test {
namespace {

using namespace std::chrono_literals;
using live_test::comments;

constexpr std::int64_t room_number = 7'300'000'000'000'000'001;
constexpr const char* room_text = "7300000000000000001";

/// Notes what a connection reports. Lives on the live thread.
class NotingSink final : public RoomSink {
 public:
  explicit NotingSink(live_test::Happenings& happenings) : happenings_(happenings) {}

  Task<Result<void>> take(RoomBatch batch, events::UpstreamPosition position) override {
    std::string ids;
    for (const auto& prepared : batch.events) ids += " " + std::to_string(prepared->event.id);
    happenings_.add("take" + ids + " '" + position.cursor + "'");
    if (held) {
      const Promise<bool> promise = *std::exchange(held, std::nullopt);
      co_await promise.get();
    }
    if (failures > 0) {
      --failures;
      co_return Error(ErrorCode::database, "the disk is full");
    }
    happenings_.add("stored");
    co_return Result<void>();
  }
  Task<Result<void>> end_streaks(StreakEnd) override {
    Result<void> ended;
    co_return ended;
  }
  void connection_restored() override {}
  void nothing_heard_for(std::chrono::steady_clock::duration) override {}
  void room_changed(const RoomStatus& status) override {
    happenings_.add(std::string(to_string(status.state)));
    last = status;
    if (on_status) on_status(status);
  }
  bool wants_to_wait() const override { return waits; }
  std::size_t readers() const override { return 0; }

  std::optional<Promise<bool>> held;  // the next take() waits for it
  int failures = 0;                   // how many of the next take() fail
  bool waits = false;
  RoomStatus last;
  std::function<void(const RoomStatus&)> on_status;

 private:
  live_test::Happenings& happenings_;
};

/// One room, followed by its id. What TikTok's side sees and what the sink gets are in one order.
struct UpstreamConnectionTest : testing::Test {
  UpstreamConnectionTest() { threads.start(); }
  ~UpstreamConnectionTest() override {
    if (running.valid()) end();
    on_live_thread([this] { connection.reset(); });
    net::co_spawn(executor(), parts.gifts.join(), net::use_future).get();
    threads.stop();
  }
  Executor executor() { return threads.executor(0); }
  template <class Work>
  void on_live_thread(Work work) {
    std::promise<void> done;
    net::post(executor(), [&] {
      work();
      done.set_value();
    });
    done.get_future().get();
  }
  void start(std::optional<events::UpstreamPosition> from = std::nullopt) {
    on_live_thread([&] {
      connection.emplace(parts.deps, options, *RoomReference::parse_room_id(room_text), sink);
      if (from) connection->start_from(*from, true);
      running = net::co_spawn(executor(), connection->run(), net::use_future);
    });
  }
  void end() {
    on_live_thread([this] { connection->stop(); });
    EXPECT_EQ(running.wait_for(30s), std::future_status::ready) << "run() goes on after stop()";
    running = {};
  }
  /// Starts, and passes the first result with the message 1.
  void connect() {
    start();
    EXPECT_EQ(happenings.until("heartbeat"),
              "connecting; live; sign ''; take 'c0'; stored; socket c0 ext0; enter 7300000000000000001 c0; "
              "heartbeat");
    tiktok.push(11, comments("c1", {1}, room_number));
    EXPECT_EQ(happenings.until("ack"), "connected; take 1 'c1'; stored; ack 11 ext c1");
  }

  live_test::Happenings happenings;
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  live_test::TikTokServer tiktok{happenings};
  IoThreads threads{1};
  live_test::LiveParts parts{threads.executor(0), tiktok, log, clock};
  UpstreamOptions options = live_test::quick_options();
  NotingSink sink{happenings};
  std::optional<UpstreamConnection> connection;
  std::future<void> running;
};

TEST_F(UpstreamConnectionTest, finds_the_room_asks_for_a_signature_and_reads) {
  connect();
  on_live_thread([this] {
    EXPECT_EQ(connection->status().room_id, events::RoomId(room_number));
    EXPECT_EQ(connection->cursor(), "c1");
    EXPECT_TRUE(connection->knows(1));
    EXPECT_FALSE(connection->knows(2));
    EXPECT_GT(connection->heard_at(), 0);
  });
}

TEST_F(UpstreamConnectionTest, the_backlog_is_stored_before_the_socket_acknowledges_it) {
  tiktok.set_signature(comments("c5", {3, 4}, room_number));
  start();
  EXPECT_EQ(happenings.until("socket"), "connecting; live; sign ''; take 3 4 'c5'; stored; socket c5 ext c5");
}

TEST_F(UpstreamConnectionTest, a_backlog_that_cannot_be_stored_is_not_acknowledged) {
  tiktok.set_signature(comments("c5", {3}, room_number));
  sink.failures = 1;
  start();
  EXPECT_EQ(happenings.until("reconnecting"), "connecting; live; sign ''; take 3 'c5'; reconnecting");
  EXPECT_TRUE(happenings.until("socket").ends_with("sign ''; take 3 'c5'; stored; socket c5 ext c5"));
}

TEST_F(UpstreamConnectionTest, a_result_is_acknowledged_when_it_is_stored_and_not_before) {
  options.protocol.heartbeat = 5ms;
  const Promise<bool> released(executor());
  start();
  happenings.until("enter");
  on_live_thread([&] { sink.held = released; });
  tiktok.push(11, comments("c1", {1}, room_number));
  happenings.until("take");
  // What was sent before the next heartbeat has arrived before it.
  const std::string meanwhile = happenings.until("heartbeat") + "; " + happenings.until("heartbeat");
  EXPECT_EQ(meanwhile.find("ack"), std::string::npos) << meanwhile;
  released.set(true);
  EXPECT_TRUE(happenings.until("ack").ends_with("; ack 11 ext c1"));
}

TEST_F(UpstreamConnectionTest, what_could_not_be_stored_is_asked_for_again) {
  connect();
  on_live_thread([this] { sink.failures = 1; });
  tiktok.push(12, comments("c2", {2}, room_number));
  const std::string seen = happenings.until("enter");
  EXPECT_EQ(seen.find("ack 12"), std::string::npos) << seen;
  EXPECT_NE(seen.find("sign 'c1'"), std::string::npos) << "from the last stored cursor: " << seen;
  on_live_thread([this] { EXPECT_FALSE(connection->knows(2)); });
  tiktok.push(21, comments("c2", {2}, room_number));
  EXPECT_TRUE(happenings.until("ack").ends_with("take 2 'c2'; stored; ack 21 ext c2"));
}

TEST_F(UpstreamConnectionTest, after_a_drop_it_goes_on_from_its_cursor_and_passes_no_message_twice) {
  connect();
  tiktok.drop();
  const std::string seen = happenings.until("enter");
  EXPECT_NE(seen.find("reconnecting"), std::string::npos) << seen;
  EXPECT_NE(seen.find("sign 'c1'"), std::string::npos) << seen;
  tiktok.push(21, comments("c2", {1, 2}, room_number));
  EXPECT_TRUE(happenings.until("ack").ends_with("take 2 'c2'; stored; ack 21 ext c2"));
  on_live_thread([this] { EXPECT_EQ(connection->duplicates(), 1u); });
  EXPECT_EQ(parts.metrics.duplicates.value(), 1u);
  EXPECT_EQ(parts.metrics.ends.sum(static_cast<std::size_t>(Attempt::End::dropped)), 1u);
}

TEST_F(UpstreamConnectionTest, what_cannot_be_read_is_counted_once_it_is_stored) {
  connect();
  webcast::FetchResult result = comments("c2", {}, room_number);
  live_test::add_message(result, "WebcastChatMessage", 2, "\x0a");  // a field of which nothing follows
  on_live_thread([this] { sink.failures = 1; });
  tiktok.push(12, result);
  happenings.until("enter");
  EXPECT_EQ(parts.metrics.undecodable.value(), 0u) << "it was not stored";
  tiktok.push(21, result);
  happenings.until("ack");
  EXPECT_EQ(parts.metrics.undecodable.value(), 1u);
  EXPECT_EQ(parts.metrics.duplicates.value(), 0u);
}

TEST_F(UpstreamConnectionTest, begins_at_the_position_that_it_is_given) {
  events::UpstreamPosition position;
  position.room_id = room_text;
  position.cursor = "c9";
  position.heard_at = 1;
  start(position);
  EXPECT_EQ(happenings.until("sign"), "reconnecting; live; sign 'c9'");
}

TEST_F(UpstreamConnectionTest, the_end_of_the_stream_ends_it) {
  connect();
  tiktok.push(12, live_test::end_of_stream("c2", 2, room_number));
  const std::string seen = happenings.until("ended");
  EXPECT_NE(seen.find("take 2 'c2'; stored"), std::string::npos) << seen;
  EXPECT_EQ(running.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(sink.last.state, RoomState::ended);
  EXPECT_EQ(parts.metrics.ends.sum(static_cast<std::size_t>(Attempt::End::stream_ended)), 1u);
}

TEST_F(UpstreamConnectionTest, an_offline_room_fails_unless_a_session_waits_for_it) {
  tiktok.set_live(false);
  start();
  EXPECT_EQ(happenings.until("failed"), "connecting; offline; failed");
  EXPECT_EQ(running.wait_for(30s), std::future_status::ready);
  ASSERT_TRUE(sink.last.error);
  EXPECT_EQ(sink.last.error->message, "room 7300000000000000001 is not live");
  EXPECT_EQ(parts.metrics.ends.sum(static_cast<std::size_t>(Attempt::End::refused)), 1u);
  on_live_thread([this] { sink.waits = true; });
  start();
  EXPECT_EQ(happenings.until("waiting"), "connecting; offline; waiting");
  tiktok.set_live(true);
  on_live_thread([this] { connection->look_now(); });  // the next look would be in an hour
  EXPECT_EQ(happenings.until("enter"),
            "live; sign ''; take 'c0'; stored; socket c0 ext0; enter 7300000000000000001 c0");
}

TEST_F(UpstreamConnectionTest, a_sink_that_stops_it_when_it_begins_to_wait_does_not_wait_for_it) {
  tiktok.set_live(false);
  sink.waits = true;
  sink.on_status = [this](const RoomStatus& status) {
    if (status.state == RoomState::waiting) connection->stop();
  };
  start();
  EXPECT_EQ(running.wait_for(30s), std::future_status::ready) << "the next look would be in an hour";
}

TEST_F(UpstreamConnectionTest, stop_ends_it_while_it_waits_and_while_it_stores) {
  tiktok.set_live(false);
  sink.waits = true;
  start();
  happenings.until("waiting");
  end();
  tiktok.set_live(true);
  start();
  happenings.until("enter");
  const Promise<bool> released(executor());
  on_live_thread([&] { sink.held = released; });
  tiktok.push(11, comments("c1", {1}, room_number));
  happenings.until("take");
  on_live_thread([this] { connection->stop(); });
  released.set(true);
  end();
}

}  // namespace
}  // namespace papi::live::upstream_connection_test
