#include "platform/websocket/socket.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace papi::websocket {
namespace {

using std::chrono::milliseconds;

/// A server's socket over real TCP, and a peer that reads only when the test asks for it.
struct WebSocketStall : testing::Test {
  static constexpr std::size_t frame_bytes = 256 * 1024;

  WebSocketStall() {
    limits.outbox.bytes = 256 * 1024 * 1024;
    limits.stall = std::chrono::seconds(1);
    TcpAcceptor acceptor(context.get_executor(), {net::ip::address_v4::loopback(), 0});
    peer.connect(acceptor.local_endpoint());
    peer.non_blocking(true);
    transport.emplace(acceptor.accept());
    socket.emplace(*transport, "", limits, clock);
    net::co_spawn(context.get_executor(), socket->run_writer(), net::detached);
    const auto frame = text_frame(std::string(frame_bytes, 'x'));
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(socket->send(frame));
    write_until_refused();
  }
  ~WebSocketStall() override {
    socket->abort();
    context.run();
  }
  /// Runs the writer until the kernel takes no more.
  void write_until_refused() {
    do {
      while (context.poll() > 0) {
      }
    } while (transport->takes_bytes());
  }
  void read_all() {
    std::string buffer(frame_bytes, '\0');
    boost::system::error_code ec;
    while (!ec) peer.read_some(net::buffer(buffer), ec);
  }

  ManualClock clock;
  net::io_context context;
  TcpSocket peer{context.get_executor()};
  SocketLimits limits;
  std::optional<Transport> transport;
  std::optional<Socket> socket;
};

}  // namespace

TEST_F(WebSocketStall, a_peer_that_takes_nothing_is_cut_off_after_its_time_and_not_before) {
  const auto refused = clock.steady();
  socket->sweep(refused + milliseconds(900));
  EXPECT_FALSE(socket->closing());
  socket->sweep(refused + milliseconds(1'000));
  EXPECT_TRUE(socket->closing());
}

TEST_F(WebSocketStall, a_peer_that_takes_is_not_cut_off_when_it_is_us_who_are_late) {
  read_all();
  ASSERT_TRUE(transport->takes_bytes());
  socket->sweep(clock.steady() + std::chrono::seconds(60));  // the writer did not run meanwhile
  EXPECT_FALSE(socket->closing());
  write_until_refused();
  socket->sweep(clock.steady() + milliseconds(1'000));
  EXPECT_TRUE(socket->closing()) << "now the peer is late";
}

TEST_F(WebSocketStall, a_delay_is_recorded_when_the_frames_are_written) {
  static constexpr std::array bounds = {std::chrono::microseconds(1'000'000)};
  metrics::Histogram times(bounds);
  socket->measure(clock.steady(), times);
  clock.advance(milliseconds(500));
  socket->measure(clock.steady(), times);  // the first one counts
  clock.advance(milliseconds(1'500));
  EXPECT_EQ(times.counts().count(), 0u);
  const auto run = [this] {
    while (context.poll() > 0) {
    }
  };
  for (int i = 0; i < 2'000; ++i) {  // a few of these read everything
    read_all();
    run();
  }
  EXPECT_EQ(socket->queued().items(), 0u);
  const std::uint64_t late = times.counts().buckets[1];
  EXPECT_GE(late, 1u);
  EXPECT_EQ(times.counts().sum, late * std::chrono::seconds(2));
  EXPECT_EQ(times.counts().count(), late);
  socket->measure(clock.steady(), times);
  EXPECT_TRUE(socket->send(text_frame("x")));
  run();
  EXPECT_EQ(times.counts().buckets[0], 1u);
  EXPECT_TRUE(socket->send(text_frame("not measured")));
  run();
  EXPECT_EQ(times.counts().count(), late + 1);
}

TEST_F(WebSocketStall, what_is_queued_is_in_the_total_until_it_is_written_or_dropped) {
  metrics::Gauge total;
  socket->add_queue_to(total);
  const auto queued = static_cast<std::int64_t>(socket->queued().bytes());
  EXPECT_GT(queued, 0);
  EXPECT_EQ(total.value(), queued);
  EXPECT_TRUE(socket->send(text_frame(std::string(98, 'x'))));  // with its head 100 bytes
  EXPECT_EQ(total.value(), queued + 100);
  for (int i = 0; i < 2'000 && total.value() >= queued; ++i) {  // a few of these write some of it
    read_all();
    write_until_refused();
  }
  EXPECT_LT(total.value(), queued);
  EXPECT_GT(total.value(), 0);
  EXPECT_EQ(total.value(), static_cast<std::int64_t>(socket->queued().bytes()));
  socket->close(CloseCode::normal, "", true);
  EXPECT_EQ(total.value(), 0) << "the rest is dropped";
}

}  // namespace papi::websocket
