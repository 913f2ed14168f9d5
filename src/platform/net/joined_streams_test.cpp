#include "platform/net/joined_streams.hpp"

#include <gtest/gtest.h>

#include "platform/base/clock.hpp"
#include "platform/net/socket_pair.hpp"

namespace papi {
namespace {

using papi::test::run_ready;
using papi::test::SocketPair;
using namespace std::chrono_literals;

/// Two clients, `left` and `right`, that are joined.
class JoinedStreamsTest : public testing::Test {
 protected:
  void start(std::string to_left = {}, std::string to_right = {}) {
    joined_.emplace(left_side_, right_side_, limits_, clock_);
    papi::net::co_spawn(context_, joined_->run(std::move(to_left), std::move(to_right)),
                        [this](std::exception_ptr) { over_ = true; });
    run_ready(context_);
  }
  void sweep_after(std::chrono::milliseconds time) {
    clock_.advance(time);
    joined_->sweep(clock_.steady());
    run_ready(context_);
  }
  void run() { run_ready(context_); }

  papi::ManualClock clock_;
  papi::net::io_context context_;
  SocketPair left_{context_.get_executor()};
  SocketPair right_{context_.get_executor()};
  Transport left_side_{std::move(left_.server)};
  Transport right_side_{std::move(right_.server)};
  JoinedStreams::Limits limits_;
  std::optional<JoinedStreams> joined_;
  bool over_ = false;
};

}  // namespace

TEST_F(JoinedStreamsTest, bytes_go_both_ways_behind_those_that_were_read_before) {
  start("early left ", "early right ");
  left_.send("from left");
  right_.send("from right");
  run();
  EXPECT_EQ(right_.receive(), "early right from left");
  EXPECT_EQ(left_.receive(), "early left from right");
  EXPECT_FALSE(over_);
}

TEST_F(JoinedStreamsTest, the_end_of_one_direction_is_passed_on_and_the_other_one_goes_on) {
  start();
  left_.send("last words");
  left_.half_close();
  run();
  EXPECT_EQ(right_.receive(), "last words");
  EXPECT_TRUE(right_.ended());
  right_.send("answer");
  run();
  EXPECT_EQ(left_.receive(), "answer");
  EXPECT_FALSE(over_);
  right_.half_close();
  run();
  EXPECT_TRUE(over_);
  left_.receive();
  EXPECT_TRUE(left_.ended());
}

TEST_F(JoinedStreamsTest, after_one_direction_has_ended_the_other_one_has_a_limit) {
  start();
  left_.half_close();
  run();
  sweep_after(4'999ms);
  EXPECT_FALSE(over_);
  sweep_after(1ms);
  EXPECT_TRUE(over_);
}

TEST_F(JoinedStreamsTest, a_side_that_takes_nothing_is_not_read_for) {
  start();
  const std::string piece(64 * 1024, 'x');
  std::size_t sent = 0;
  for (int i = 0; i < 1'000; ++i) {
    sent += left_.send(piece);
    run();
  }
  EXPECT_LT(sent, 300 * piece.size()) << "what is not taken stays with the sender";
  const std::size_t before = sent;
  sent += left_.send(piece);
  EXPECT_EQ(sent, before);
  std::size_t received = 0;
  for (int i = 0; i < 1'000 && received < sent; ++i) {
    received += right_.receive().size();
    run();
  }
  EXPECT_EQ(received, sent);
  EXPECT_FALSE(over_);
}

TEST_F(JoinedStreamsTest, a_side_that_takes_nothing_for_long_ends_both) {
  start();
  const std::string piece(64 * 1024, 'x');
  for (int i = 0; i < 1'000; ++i) {
    left_.send(piece);
    run();
  }
  sweep_after(59'999ms);
  EXPECT_FALSE(over_);
  sweep_after(1ms);
  EXPECT_TRUE(over_);
  EXPECT_FALSE(left_side_.open());
  EXPECT_FALSE(right_side_.open());
}

TEST_F(JoinedStreamsTest, what_a_slow_side_has_not_taken_yet_outlives_the_other_side) {
  start();
  const std::string piece(64 * 1024, 'x');
  std::size_t sent = 0;
  for (int i = 0; i < 1'000; ++i) {
    sent += left_.send(piece);
    run();
  }
  left_.half_close();
  sweep_after(30'000ms);
  EXPECT_FALSE(over_);
  std::size_t received = 0;
  for (int i = 0; i < 1'000 && !right_.ended(); ++i) {
    received += right_.receive().size();
    run();
  }
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(right_.ended());
}

TEST_F(JoinedStreamsTest, a_side_that_is_gone_ends_the_other_one) {
  start();
  right_.close();
  run();
  left_.receive();
  EXPECT_TRUE(left_.ended());
  left_.close();
  run();
  EXPECT_TRUE(over_);
}

TEST_F(JoinedStreamsTest, stop_ends_both) {
  start();
  joined_->stop();
  run();
  EXPECT_TRUE(over_);
  left_.receive();
  right_.receive();
  EXPECT_TRUE(left_.ended());
  EXPECT_TRUE(right_.ended());
}

}  // namespace papi
