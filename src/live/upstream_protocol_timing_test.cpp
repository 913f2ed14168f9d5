// When UpstreamProtocol sends heartbeats, gives up a silent socket, and ends overdue streaks.

#include "live/upstream_protocol_fixture.hpp"

namespace papi::live::testing_upstream {

using namespace std::chrono_literals;
using UpstreamProtocolTimingTest = UpstreamProtocolFixture;

TEST_F(UpstreamProtocolTimingTest, a_socket_without_a_result_for_exactly_the_limit_is_closed) {
  const std::pair<Event, std::int64_t> rows[] = {
      {time_passes, 60'000},  // from the opening of the socket
      {frame(Kind::result, 1, data()), 61'000},
      {frame(Kind::result, 1, without_messages()), 61'000},
      {frame(Kind::backlog, 1, without_messages()), 61'000},
      {frame(Kind::other), 60'000},
      {frame(Kind::unreadable), 60'000},
      {frame(Kind::unreadable_result), 60'000},
  };
  for (const auto& [event, due] : rows) {
    for (const std::int64_t late : {-1, 0}) {
      protocol = UpstreamProtocol({}, TimePoint());
      open();
      event(protocol, at(1'000));
      const std::string actions = show(protocol.on_time(at(due + late).steady));
      EXPECT_EQ(actions == "close", late == 0) << due << " " << actions;
    }
  }
}

TEST_F(UpstreamProtocolTimingTest, an_end_by_silence_says_so) {
  open();
  run(protocol, {{60'000, time_passes, "close"}, {60'000, time_passes, ""}});
  EXPECT_EQ(protocol.next_time(), std::nullopt);
  run(protocol, {{60'001, peer_closes, "refused 'no data for too long' after 0"}});
  for (const std::int64_t ms : {59'999, 60'000}) {
    protocol = UpstreamProtocol({}, TimePoint());
    open();
    const std::string why = ms < 60'000 ? "reset" : "no data for too long";
    run(protocol, {{ms, peer_closes, "refused '" + why + "' after 0"}});
  }
}

TEST_F(UpstreamProtocolTimingTest, sends_a_heartbeat_at_once_and_then_every_ten_seconds) {
  open();
  run(protocol, {{0, time_passes, "heartbeat 7 1"},
                 {9'999, time_passes, ""},
                 {10'000, time_passes, "heartbeat 7 2"},
                 {20'500, time_passes, "heartbeat 7 3"},  // woken late
                 {30'499, time_passes, ""},
                 {30'500, time_passes, "heartbeat 7 4"}});
}

TEST_F(UpstreamProtocolTimingTest, the_interval_of_heartbeats_is_that_of_the_server_within_bounds) {
  struct Row {
    std::int64_t asked, silence, interval;
  };
  const Row rows[] = {
      {0, 60'000, 10'000},      {-5, 60'000, 10'000},    {5'000, 60'000, 5'000},   {1'000, 60'000, 1'000},
      {999, 60'000, 1'000},     {1, 60'000, 1'000},      {10'001, 60'000, 10'000}, {600'000, 60'000, 10'000},
      {10'000, 40'000, 10'000}, {10'000, 39'996, 9'999}, {10'000, 1'000, 250},
  };
  for (const Row& row : rows) {
    for (const bool before_the_socket : {true, false}) {
      UpstreamProtocol::Timing timing;
      timing.silence = std::chrono::milliseconds(row.silence);
      timing.streak_idle = 4h;
      protocol = UpstreamProtocol(timing, TimePoint());
      protocol.on_room_found(events::RoomId(room));
      if (before_the_socket) {
        protocol.on_first_result(asking_for_heartbeats(std::chrono::milliseconds(row.asked)));
        protocol.on_stored(false, at(0).steady);
      }
      protocol.on_socket_opened(at(0).steady);
      if (!before_the_socket)
        protocol.on_frame({Kind::result, 1, asking_for_heartbeats(std::chrono::milliseconds(row.asked))},
                          at(0));
      EXPECT_EQ(protocol.next_time(), at(0).steady);
      run(protocol, {{0, time_passes, "heartbeat 7 1"}});
      EXPECT_EQ(protocol.next_time(), at(row.interval).steady) << row.asked << " " << row.silence;
      run(protocol, {{row.interval - 1, time_passes, ""}, {row.interval, time_passes, "heartbeat 7 2"}});
      EXPECT_EQ(protocol.next_time(), at(2 * row.interval).steady);
    }
  }
}

TEST_F(UpstreamProtocolTimingTest, heartbeats_are_numbered_anew_on_each_connection) {
  open();
  run(protocol, {{0, time_passes, "heartbeat 7 1"},
                 {10'000, time_passes, "heartbeat 7 2"},
                 {11'000, peer_closes, "refused 'reset' after 0"},
                 {12'000, time_passes, ""}});
  EXPECT_EQ(protocol.next_time(), std::nullopt);
  run(protocol, {{13'000, found(room), ""},
                 {13'000, first_result(data("c2")), "store 'c2'"},
                 {13'000, stored, ""},
                 {13'000, opened, "enter 7 'c2'"},
                 {13'000, time_passes, "heartbeat 7 1"}});
}

TEST_F(UpstreamProtocolTimingTest, streaks_wait_for_the_time_in_which_nothing_was_received) {
  protocol = UpstreamProtocol({}, at(1'000).steady);
  open(5'000);
  // The first frame of a connection: since the last frame of the one before, or since the beginning.
  run(protocol, {{9'000, frame(Kind::other), "delay 8000"},
                 // Up to a quarter of the idle time is usual between two frames.
                 {16'500, frame(Kind::result, 1, data()), "connected; store 'c1'"},
                 {16'500, stored, "ack 1 x"},
                 {24'001, frame(Kind::result, 2, data()), "delay 1; store 'c1' live"},
                 {24'001, stored, "ack 2 x"},
                 {33'000, frame(Kind::unreadable_result), "delay 1499"},
                 // An answer to a heartbeat shows that nothing was delayed.
                 {43'000, frame(Kind::other), ""},
                 {44'000, frame(Kind::unreadable), ""},
                 {50'500, frame(Kind::result, 3, data()), "store 'c1' live"},
                 {50'500, stored, "ack 3 x"},
                 {60'000, frame(Kind::close), "dropped 'TikTok closed the connection' after 34000"}});
  run(protocol, {{70'000, found(room), ""},
                 {70'000, first_result(data()), "store 'c1'"},
                 {70'000, stored, ""},
                 {70'000, opened, "enter 7 'c1'"},
                 {75'000, frame(Kind::other), "delay 15000"}});
}

TEST_F(UpstreamProtocolTimingTest, streaks_wait_for_a_slow_database_also_if_each_wait_is_short) {
  open();
  run(protocol, {{0, frame(Kind::result, 1, data()), "delay 0; connected; store 'c1'"},
                 {7'000, stored, "delay 7000; ack 1 x"},
                 {7'000, frame(Kind::result, 2, data()), "store 'c1' live"},
                 {7'001, time_passes, "heartbeat 7 1"},
                 {14'000, stored, "delay 7000; ack 2 x"},
                 {15'000, time_passes, "end streaks idle 30000 at 14000"},
                 // Waiting for the next frame counts, up to a quarter of the idle time.
                 {21'500, frame(Kind::result, 3, data()), "store 'c1' live"},
                 {21'500, stored, "ack 3 x"},
                 {29'001, frame(Kind::result, 4, data()), "delay 1; store 'c1' live"},
                 {29'002, stored, "delay 1; ack 4 x"}});
}

TEST_F(UpstreamProtocolTimingTest,
       overdue_streaks_are_checked_every_quarter_of_their_time_while_frames_arrive) {
  UpstreamProtocol::Timing timing;
  timing.silence = 4h, timing.heartbeat = 1h;
  protocol = UpstreamProtocol(timing, TimePoint());
  open();
  run(protocol, {{0, time_passes, "heartbeat 7 1"}});
  EXPECT_EQ(protocol.next_time(), at(7'500).steady);
  run(protocol, {{7'500, time_passes, ""},  // no frame yet
                 {8'000, frame(Kind::other), "delay 8000"},
                 {14'999, time_passes, ""},
                 {15'000, time_passes, ""},  // the first frame was 7,000 ms ago
                 {22'499, time_passes, ""},
                 {22'500, time_passes, "end streaks idle 30000 at 8000"},
                 {22'501, time_passes, ""},
                 {29'000, frame(Kind::other), ""},
                 {30'000, time_passes, "end streaks idle 30000 at 29000"},
                 {40'000, time_passes, "end streaks idle 30000 at 29000"}});
  EXPECT_EQ(protocol.next_time(), at(47'500).steady);
  protocol = UpstreamProtocol(timing, TimePoint());
  open();
  run(protocol, {{0, frame(Kind::other), "delay 0"},
                 {7'500, time_passes, "heartbeat 7 1; end streaks idle 30000 at 0"}});
}

TEST_F(UpstreamProtocolTimingTest,
       a_pause_ends_streaks_that_wait_for_ten_minutes_and_those_of_sessions_that_leave) {
  run(protocol,
      {{5, pause(RoomState::reconnecting), "end streaks idle 600000 at 5"},
       {5, pause(RoomState::waiting), "end streaks idle 600000 at 5; end streaks idle 0 at ever leaving"},
       {5, over(RoomState::ended), "end streaks idle 0 at ever"},
       {5, over(RoomState::failed), ""}});
}

}  // namespace papi::live::testing_upstream
