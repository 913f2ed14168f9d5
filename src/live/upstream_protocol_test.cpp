#include "live/upstream_protocol.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace papi::live::upstream_protocol_test {
namespace {

using namespace std::chrono_literals;
using Kind = ServerFrame::Kind;
using TimePoint = UpstreamProtocol::TimePoint;

constexpr std::uint64_t room = 7;
constexpr UnixMs epoch_ms = 1'700'000'000'000;

Moment at(std::int64_t ms) { return {epoch_ms + ms, TimePoint(std::chrono::milliseconds(ms))}; }

std::string ms_of(std::chrono::steady_clock::duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

// Each action as a short text, with all that it says.
std::string show(const SendEnterRoom& a) {
  return "enter " + std::to_string(a.room_id.value()) + " '" + a.cursor + "'";
}
std::string show(const SendHeartbeat& a) {
  return "heartbeat " + std::to_string(a.room_id.value()) + " " + std::to_string(a.number);
}
std::string show(const SendAcknowledgement& a) {
  return "ack " + std::to_string(a.log_id) + " " + a.internal_ext;
}
std::string show(const StoreResult& a) {
  return "store '" + a.cursor + "'" + (a.history ? " history" : "") + (a.live ? " live" : "");
}
std::string show(const ReportConnected& a) { return "connected" + (a.note.empty() ? "" : ": " + a.note); }
std::string show(const DelayStreaks& a) { return "delay " + ms_of(a.time); }
std::string show(const EndStreaks& a) {
  const std::string idle = std::to_string(a.which.idle.count());
  const std::string heard =
      a.which.heard == TimePoint::max() ? "ever" : ms_of(a.which.heard.time_since_epoch());
  return "end streaks idle " + idle + " at " + heard + (a.which.leaving_only ? " leaving" : "");
}
std::string show(const CloseSocket&) { return "close"; }
std::string show(const EndAttempt& a) {
  constexpr const char* names[] = {"stream ended", "dropped", "refused"};
  const auto& error = a.attempt.error;
  return std::string(names[static_cast<int>(a.attempt.end)]) +
         (error.message.empty() ? "" : " '" + error.message + "'") + " after " +
         std::to_string(a.attempt.flowed.count());
}
std::string show(const UpstreamActions& actions) {
  std::string out;
  for (const UpstreamAction& action : actions) {
    if (!out.empty()) out += "; ";
    out += std::visit([](const auto& a) { return show(a); }, action);
  }
  return out;
}

using Event = std::function<UpstreamActions(UpstreamProtocol&, Moment)>;
struct Step {
  std::int64_t ms;
  Event event;
  std::string expected;
};

const Event opened = [](auto& p, Moment now) { return p.on_socket_opened(now.steady); };
const Event time_passes = [](auto& p, Moment now) { return p.on_time(now.steady); };
const Event stop = [](auto& p, Moment) { return p.on_stop(); };
const Event stored = [](auto& p, Moment) { return p.on_stored(false); };
const Event stored_with_the_end = [](auto& p, Moment) { return p.on_stored(true); };
const Event not_stored = [](auto& p, Moment) {
  return p.on_not_stored(Error(ErrorCode::database, "the disk is full"));
};
const Event peer_closes = [](auto& p, Moment now) {
  return p.on_peer_closed(Error(ErrorCode::upstream_error, "reset"), now.steady);
};
Event found(std::uint64_t room_id) {
  return [room_id](auto& p, Moment) { return p.on_room_found(events::RoomId(room_id)); };
}
Event first_result(ResultSummary result) {
  return [result](auto& p, Moment) { return p.on_first_result(result); };
}
Event frame(Kind kind, std::uint64_t log_id = 0, ResultSummary result = {}) {
  return [=](auto& p, Moment now) { return p.on_frame({kind, log_id, result}, now); };
}
Event pause(RoomState state) {
  return [state](auto& p, Moment now) { return p.on_pause(state, now.steady); };
}
Event over(RoomState state) {
  return [state](auto& p, Moment) { return p.on_over(state); };
}

/// A result with messages that wants an acknowledgement.
ResultSummary data(std::string cursor = {}, std::string internal_ext = "x") {
  return {std::move(cursor), std::move(internal_ext), true, true, {}};
}
ResultSummary without_messages(std::string cursor = {}) { return {std::move(cursor), "x", false, true, {}}; }
ResultSummary asking_for_heartbeats(std::chrono::milliseconds every) { return {"", "", false, false, every}; }

void run(UpstreamProtocol& protocol, const std::vector<Step>& steps, const std::string& what = {}) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(show(steps[i].event(protocol, at(steps[i].ms))), steps[i].expected)
        << what << " step " << i << " at " << steps[i].ms << " ms";
  }
}

/// A room that is looked up for the first time at 0 ms, with an open socket.
struct UpstreamProtocolTest : testing::Test {
  UpstreamProtocol protocol{UpstreamProtocol::Timing(), TimePoint()};

  void open(std::int64_t ms = 0) {
    run(protocol, {{ms, found(room), ""},
                   {ms, first_result(without_messages("c1")), "store 'c1' history"},
                   {ms, stored, ""},
                   {ms, opened, "enter 7 'c1'"}});
  }
};

}  // namespace

TEST_F(UpstreamProtocolTest, a_result_is_acknowledged_after_its_commit_and_in_the_order_of_receipt) {
  open();
  run(protocol, {{10, frame(Kind::result, 77, data("c2", "first")), "delay 10; connected; store 'c2'"},
                 {20, stored, "ack 77 first"},
                 {30, frame(Kind::result, 78, data("c3", "second")), "store 'c3' live"},
                 {40, stored, "ack 78 second"},
                 {50, frame(Kind::backlog, 79, data("c4", "third")), "store 'c4' history"},
                 {60, stored, "ack 79 third"}});
}

TEST_F(UpstreamProtocolTest, what_is_not_committed_is_not_acknowledged_and_ends_the_attempt) {
  open();
  run(protocol, {{10, frame(Kind::result, 77, data("c2")), "delay 10; connected; store 'c2'"},
                 {20, stored, "ack 77 x"},
                 {510, frame(Kind::result, 78, data("c3")), "store 'c3' live"},
                 {520, not_stored, "refused 'the disk is full' after 500"}});
  EXPECT_EQ(protocol.cursor(), "c2") << "the cursor moves with the commit";
  run(protocol, {{530, found(room), ""},
                 {540, first_result(data("c4")), "store 'c4'"},
                 {550, not_stored, "refused 'the disk is full' after 0"}});
  EXPECT_EQ(protocol.cursor(), "c2");
}

TEST_F(UpstreamProtocolTest, only_a_result_that_wants_it_and_has_a_text_for_it_is_acknowledged) {
  open();
  ResultSummary unwanted = data("c2"), silent = data("c3", "");
  unwanted.need_ack = false;
  run(protocol, {{10, frame(Kind::result, 77, unwanted), "delay 10; connected; store 'c2'"},
                 {20, stored, ""},
                 {30, frame(Kind::result, 78, silent), "store 'c3' live"},
                 {40, stored, ""},
                 {50, frame(Kind::result, 79, data("c4")), "store 'c4' live"},
                 {60, stored_with_the_end, "ack 79 x; stream ended after 40"}});
}

TEST_F(UpstreamProtocolTest, the_first_result_is_stored_before_the_socket_and_not_acknowledged_by_a_frame) {
  run(protocol, {{0, found(room), ""},
                 {10, first_result(data("c1")), "store 'c1' history"},
                 {20, stored, ""},
                 {30, opened, "enter 7 'c1'"}});
}

TEST_F(UpstreamProtocolTest, a_stream_that_ends_in_the_backlog_ends_the_attempt) {
  run(protocol, {{0, found(room), ""},
                 {10, first_result(data("c1")), "store 'c1' history"},
                 {20, stored_with_the_end, "stream ended after 0"}});
}

TEST_F(UpstreamProtocolTest, each_frame_has_its_actions) {
  const std::pair<Event, std::string> rows[] = {
      {frame(Kind::unreadable), ""},
      {frame(Kind::other), "delay 10"},
      {frame(Kind::unreadable_result), "delay 10"},
      {frame(Kind::result, 1, data()), "delay 10; connected; store 'c1'"},
      {frame(Kind::result, 1, without_messages()), "delay 10; store 'c1'"},
      {frame(Kind::backlog, 1, data()), "delay 10; connected; store 'c1' history"},
      {frame(Kind::backlog, 1, without_messages()), "delay 10; store 'c1' history"},
      {frame(Kind::close), "delay 10; refused 'TikTok closed the connection' after 0"},
  };
  for (const auto& [event, expected] : rows) {
    protocol = UpstreamProtocol({}, TimePoint());
    open();
    run(protocol, {{10, event, expected}});
  }
}

TEST_F(UpstreamProtocolTest, first_data_are_reported_once_for_each_connection) {
  open();
  EXPECT_FALSE(protocol.was_connected());
  run(protocol,
      {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"}, {10, stored, "ack 1 x"}});
  EXPECT_TRUE(protocol.was_connected());
  EXPECT_EQ(protocol.heard_at(), epoch_ms + 10);
  run(protocol, {{20, frame(Kind::result, 2, data("c3")), "store 'c3' live"},
                 {20, stored, "ack 2 x"},
                 {30, peer_closes, "dropped 'reset' after 10"},
                 {40, found(room), ""},
                 {50, first_result(data("c4")), "store 'c4'"},
                 {50, stored, ""},
                 {60, opened, "enter 7 'c4'"},
                 {61, peer_closes, "refused 'reset' after 0"},
                 {62, found(room), ""},
                 {63, first_result(without_messages()), "store 'c4'"},
                 {64, stored, ""},
                 {65, opened, "enter 7 'c4'"},
                 {70, frame(Kind::result, 1, data("c5")), "delay 50; connected; store 'c5'"}});
  EXPECT_TRUE(protocol.was_connected());
}

TEST_F(UpstreamProtocolTest, an_age_restricted_room_that_answers_without_messages_is_not_connected) {
  open();
  run(protocol, {{10, frame(Kind::backlog, 1, without_messages("c2")), "delay 10; store 'c2' history"},
                 {10, stored, "ack 1 x"},
                 {5'000, frame(Kind::result, 2, without_messages("c3")), "store 'c3'"},
                 {5'000, stored, "ack 2 x"},
                 {6'000, peer_closes, "refused 'reset' after 0"}});
  EXPECT_FALSE(protocol.was_connected());
  EXPECT_EQ(protocol.heard_at(), 0);
}

TEST_F(UpstreamProtocolTest, data_have_flowed_from_the_first_message_to_the_last_result) {
  open();
  run(protocol, {{10, frame(Kind::result, 1, without_messages()), "delay 10; store 'c1'"},
                 {10, stored, "ack 1 x"},
                 {1'000, frame(Kind::result, 2, data()), "connected; store 'c1'"},
                 {1'000, stored, "ack 2 x"},
                 {3'500, frame(Kind::result, 3, without_messages()), "store 'c1' live"},
                 {3'500, stored, "ack 3 x"},
                 {4'000, frame(Kind::other), ""},
                 {4'500, frame(Kind::close), "dropped 'TikTok closed the connection' after 2500"}});
}

TEST_F(UpstreamProtocolTest, a_lost_socket_was_dropped_if_data_had_flowed_and_else_refused) {
  struct Row {
    Event before, end;
    std::string expected;
  };
  const Row rows[] = {
      {frame(Kind::result, 1, data()), peer_closes, "dropped 'reset' after 0"},
      {frame(Kind::result, 1, data()), frame(Kind::close), "dropped 'TikTok closed the connection' after 0"},
      {frame(Kind::result, 1, without_messages()), peer_closes, "refused 'reset' after 0"},
      {frame(Kind::result, 1, without_messages()), frame(Kind::close),
       "refused 'TikTok closed the connection' after 0"},
      {frame(Kind::result, 1, data()), stored_with_the_end, "ack 1 x; stream ended after 0"},
      {frame(Kind::result, 1, data()), not_stored, "refused 'the disk is full' after 0"},
  };
  for (const Row& row : rows) {
    protocol = UpstreamProtocol({}, TimePoint());
    open();
    row.before(protocol, at(10));
    run(protocol, {{20, row.end, row.expected}});
    EXPECT_EQ(protocol.next_time(), std::nullopt) << "the connection is over";
  }
}

TEST_F(UpstreamProtocolTest, a_socket_without_a_result_for_exactly_the_limit_is_closed) {
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

TEST_F(UpstreamProtocolTest, an_end_by_silence_says_so) {
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

TEST_F(UpstreamProtocolTest, sends_a_heartbeat_at_once_and_then_every_ten_seconds) {
  open();
  run(protocol, {{0, time_passes, "heartbeat 7 1"},
                 {9'999, time_passes, ""},
                 {10'000, time_passes, "heartbeat 7 2"},
                 {20'500, time_passes, "heartbeat 7 3"},  // woken late
                 {30'499, time_passes, ""},
                 {30'500, time_passes, "heartbeat 7 4"}});
}

TEST_F(UpstreamProtocolTest, the_interval_of_heartbeats_is_that_of_the_server_within_bounds) {
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
        protocol.on_stored(false);
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

TEST_F(UpstreamProtocolTest, heartbeats_are_numbered_anew_on_each_connection) {
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

TEST_F(UpstreamProtocolTest, a_new_stream_drops_the_cursor_and_ends_the_streaks_of_the_old_one) {
  open();
  run(protocol, {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"},
                 {10, stored, "ack 1 x"},
                 {20, peer_closes, "dropped 'reset' after 0"},
                 {30, found(8), "end streaks idle 0 at ever"}});
  EXPECT_EQ(protocol.cursor(), "");
  EXPECT_EQ(protocol.room_id(), events::RoomId(8));
  run(protocol, {{30, first_result(data("d1")), "store 'd1' history"},
                 {30, stored, ""},
                 {40, opened, "enter 8 'd1'"},
                 {50, frame(Kind::result, 2, data("d2")),
                  "delay 40; connected: A new stream has begun; the position in the one before does not "
                  "apply; store 'd2'"},
                 {50, stored, "ack 2 x"},
                 {60, peer_closes, "dropped 'reset' after 0"},
                 {70, found(8), ""},
                 {70, first_result(data("d3")), "store 'd3'"},
                 {70, stored, ""},
                 {70, opened, "enter 8 'd3'"},
                 {80, frame(Kind::result, 3, data("d4")), "delay 30; connected; store 'd4'"}});
}

TEST_F(UpstreamProtocolTest, continues_from_a_stored_position) {
  struct Row {
    std::uint64_t stored_room;
    std::string cursor;
    std::uint64_t found_room;
    std::string on_found, on_first, enter, on_backlog;
  };
  const Row rows[] = {
      {7, "c0", 7, "", "store 'c1'", "enter 7 'c1'", "delay 0; store 'c2'"},
      {7, "c0", 8, "end streaks idle 0 at ever", "store 'c1' history", "enter 8 'c1'",
       "delay 0; store 'c2' history"},
      // A room id without a cursor is that of no stream.
      {7, "", 8, "", "store 'c1' history", "enter 8 'c1'", "delay 0; store 'c2' history"},
      {0, "", 8, "", "store 'c1' history", "enter 8 'c1'", "delay 0; store 'c2' history"},
  };
  for (const bool resumed : {false, true}) {
    for (const Row& row : rows) {
      protocol = UpstreamProtocol({}, TimePoint());
      protocol.start_from(events::RoomId(row.stored_room), row.cursor, 5, resumed);
      EXPECT_EQ(protocol.heard_at(), 5);
      EXPECT_EQ(protocol.was_connected(), resumed);
      run(protocol, {{0, found(row.found_room), row.on_found},
                     {0, first_result(data("c1")), row.on_first},
                     {0, stored, ""},
                     {0, opened, row.enter},
                     {0, frame(Kind::backlog, 1, without_messages("c2")), row.on_backlog}});
    }
  }
}

TEST_F(UpstreamProtocolTest, a_result_without_a_cursor_leaves_the_cursor) {
  open();
  run(protocol, {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"},
                 {10, stored, "ack 1 x"},
                 {20, frame(Kind::result, 2, data("")), "store 'c2' live"},
                 {20, stored, "ack 2 x"}});
  EXPECT_EQ(protocol.cursor(), "c2");
}

TEST_F(UpstreamProtocolTest, streaks_wait_for_the_time_in_which_nothing_was_received) {
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

TEST_F(UpstreamProtocolTest, overdue_streaks_are_checked_every_quarter_of_their_time_while_frames_arrive) {
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

TEST_F(UpstreamProtocolTest,
       a_pause_ends_streaks_that_wait_for_ten_minutes_and_those_of_sessions_that_leave) {
  run(protocol,
      {{5, pause(RoomState::reconnecting), "end streaks idle 600000 at 5"},
       {5, pause(RoomState::waiting), "end streaks idle 600000 at 5; end streaks idle 0 at ever leaving"},
       {5, over(RoomState::ended), "end streaks idle 0 at ever"},
       {5, over(RoomState::failed), ""}});
}

TEST_F(UpstreamProtocolTest, stop_closes_an_open_socket_and_one_that_opens_later) {
  EXPECT_FALSE(protocol.stopped());
  open();
  run(protocol, {{10, frame(Kind::result, 1, data("c2")), "delay 10; connected; store 'c2'"},
                 {20, stop, "close"},
                 {20, stop, ""},
                 {20, time_passes, ""},
                 {30, stored, "ack 1 x"},
                 {40, peer_closes, "dropped 'reset' after 0"}});
  EXPECT_TRUE(protocol.stopped());
  protocol = UpstreamProtocol({}, TimePoint());
  run(protocol, {{0, found(room), ""},
                 {0, first_result(data("c1")), "store 'c1' history"},
                 {0, stored, ""},
                 {10, stop, ""},
                 {20, opened, "close"},
                 {30, peer_closes, "refused 'reset' after 0"}});
}

}  // namespace papi::live::upstream_protocol_test
