#include "live/session_machine.hpp"

#include <gtest/gtest.h>

#include "live/error_codes.hpp"
#include "platform/base/enum_count.hpp"

namespace papi::live::session_machine_test {
namespace {

using Event = SessionEvent;
using State = RoomState;

constexpr std::size_t states = enum_count<State>();
constexpr const char* event_names[] = {
    "connect",           "resume",     "start_stopped", "room_connecting", "room_waiting", "room_connected",
    "room_reconnecting", "room_ended", "room_failed",   "connect_limit",   "disconnect",   "remove",
    "shutdown"};
static_assert(std::size(event_names) == enum_count<Event>());

/// L: leaves its room, P: the change is published and saved, E: streaks end, W: waiters are woken.
std::string letters(const SessionEffects& effects) {
  return std::string(effects.leave_room ? "L" : "") + (effects.publish ? "P" : "") +
         (effects.end_streaks ? "E" : "") + (effects.wake_waiters ? "W" : "") + (effects.gap ? "gap" : "");
}
std::string show(const std::optional<SessionTransition>& transition) {
  if (!transition) return "-";
  const std::string effects = letters(transition->effects);
  return std::string(to_string(transition->to)) + (effects.empty() ? "" : " " + effects);
}
std::string show(const SessionMachine::Effects& effects) { return effects ? letters(*effects) : "-"; }

SessionMachine in_state(State state) {
  RoomStatus stored;
  stored.state = state;
  stored.reason = "as stored";
  stored.room_id = events::RoomId(7);
  return SessionMachine(stored, 11, 12);
}
RoomStatus room(State state, std::string reason = {}) {
  RoomStatus status;
  status.state = state;
  status.reason = std::move(reason);
  status.room_id = events::RoomId(8);
  return status;
}

}  // namespace

TEST(SessionMachine, each_pair_of_state_and_event_has_exactly_this_result) {
  struct Row {
    Event event;
    // from: connecting, waiting, connected, reconnecting, disconnected, ended, failed
    std::array<std::string, states> expected;
  };
  const Row rows[] = {
      {Event::connect, {"-", "-", "-", "-", "connecting P", "connecting P", "connecting P"}},
      {Event::resume,
       {"reconnecting P", "reconnecting P", "reconnecting P", "reconnecting P", "-", "-", "-"}},
      {Event::start_stopped,
       {"disconnected LPEW", "disconnected LPEW", "disconnected LPEW", "disconnected LPEW", "-", "-", "-"}},
      {Event::room_connecting, {"connecting", "connecting P", "connecting P", "connecting P", "-", "-", "-"}},
      {Event::room_waiting, {"waiting PW", "waiting W", "waiting PW", "waiting PW", "-", "-", "-"}},
      {Event::room_connected, {"connected PW", "connected PW", "connected W", "connected PW", "-", "-", "-"}},
      {Event::room_reconnecting,
       {"reconnecting P", "reconnecting P", "reconnecting P", "reconnecting", "-", "-", "-"}},
      {Event::room_ended, {"ended LPEW", "ended LPEW", "ended LPEW", "ended LPEW", "-", "-", "-"}},
      {Event::room_failed, {"failed LPEW", "failed LPEW", "failed LPEW", "failed LPEW", "-", "-", "-"}},
      {Event::connect_limit, {"failed LPEW", "-", "-", "-", "-", "-", "-"}},
      {Event::disconnect,
       {"disconnected LPEW", "disconnected LPEW", "disconnected LPEW", "disconnected LPEW", "-", "-", "-"}},
      {Event::remove,
       {"connecting LW", "waiting LW", "connected LW", "reconnecting LW", "disconnected LW", "ended LW",
        "failed LW"}},
      {Event::shutdown,
       {"connecting W", "waiting W", "connected W", "reconnecting W", "disconnected W", "ended W",
        "failed W"}},
  };
  static_assert(std::size(rows) == enum_count<Event>());
  for (std::size_t e = 0; e < std::size(rows); ++e) {
    ASSERT_EQ(static_cast<std::size_t>(rows[e].event), e);
    for (std::size_t s = 0; s < states; ++s) {
      const auto from = static_cast<State>(s);
      EXPECT_EQ(show(session_transition(from, rows[e].event)), rows[e].expected[s])
          << to_string(from) << ", " << event_names[e];
    }
  }
}

TEST(SessionMachine, an_event_that_is_not_allowed_changes_nothing) {
  for (std::size_t s = 0; s < states; ++s) {
    const auto from = static_cast<State>(s);
    const bool running = is_running(from);
    SessionMachine machine = in_state(from);
    const auto refused = [&](const SessionMachine::Effects& effects) {
      EXPECT_EQ(effects, std::nullopt) << to_string(from);
      EXPECT_EQ(machine.state(), from);
      EXPECT_EQ(machine.status().reason, "as stored");
      EXPECT_EQ(machine.status().room_id, events::RoomId(7));
      EXPECT_EQ(machine.started_at(), 11);
      EXPECT_EQ(machine.last_error(), "");
      EXPECT_FALSE(machine.was_connected());
    };
    if (running) refused(machine.on_connect(events::RoomId(9), 99));
    if (from != State::connecting) refused(machine.on_connect_limit("late"));
    if (running) continue;
    refused(machine.on_resume(events::RoomId(9)));
    refused(machine.on_start_stopped());
    refused(machine.on_disconnect("by ann", 99));
    for (std::size_t r = 0; r < states; ++r)
      refused(machine.on_room_status(room(static_cast<State>(r), "why"), true, 99, 99));
  }
  SessionMachine machine = in_state(State::connected);
  EXPECT_EQ(machine.on_room_status(room(State::disconnected), true, 99, 99), std::nullopt)
      << "a room is never disconnected";
  EXPECT_EQ(machine.state(), State::connected);
}

TEST(SessionMachine, a_new_session_is_disconnected_and_a_stored_one_is_as_it_was) {
  EXPECT_EQ(SessionMachine().state(), State::disconnected);
  EXPECT_EQ(SessionMachine().started_at(), 0);
  const SessionMachine stored = in_state(State::waiting);
  EXPECT_EQ(stored.state(), State::waiting);
  EXPECT_EQ(stored.status().reason, "as stored");
  EXPECT_EQ(stored.status().room_id, events::RoomId(7));
  EXPECT_EQ(stored.started_at(), 11);
}

TEST(SessionMachine, a_connect_begins_anew) {
  SessionMachine machine = in_state(State::connected);
  machine.on_room_status(room(State::connected), true, 0, 20);
  machine.on_room_status(room(State::reconnecting, "dropped"), true, 30, 40);
  machine.set_note("a note of the last run");
  machine.on_database_error(Error(ErrorCode::database, "locked"));
  machine.on_disconnect("by ann", 30);
  EXPECT_EQ(machine.last_error(), "dropped");
  EXPECT_TRUE(machine.was_connected());

  EXPECT_EQ(show(machine.on_connect(events::RoomId(9), 50)), "P");
  EXPECT_EQ(machine.state(), State::connecting);
  EXPECT_EQ(machine.status().reason, "Looking for the live room");
  EXPECT_EQ(machine.status().room_id, events::RoomId(9));
  EXPECT_EQ(machine.status().error, std::nullopt);
  EXPECT_EQ(machine.started_at(), 50);
  EXPECT_EQ(machine.last_error(), "");
  EXPECT_FALSE(machine.was_connected());
  machine.on_room_status(room(State::connected), true, 0, 60);
  EXPECT_EQ(machine.status().reason, "") << "the note was of the last run";
}

TEST(SessionMachine, a_restart_keeps_the_time_of_the_connect_and_counts_as_connected) {
  SessionMachine machine = in_state(State::connected);
  EXPECT_EQ(show(machine.on_resume(events::RoomId(9))), "P");
  EXPECT_EQ(machine.status().reason, "The service was restarted");
  EXPECT_EQ(machine.started_at(), 11);
  EXPECT_TRUE(machine.was_connected());
  machine = in_state(State::waiting);
  EXPECT_EQ(show(machine.on_start_stopped()), "LPEW");
  EXPECT_EQ(machine.status().reason, "The service was restarted");
}

TEST(SessionMachine, the_gap_is_told_once_when_data_flow_again) {
  SessionMachine machine = in_state(State::reconnecting);  // heard at 12
  const auto gap = [&machine](State state, UnixMs heard_at, UnixMs now) {
    return machine.on_room_status(room(state), true, heard_at, now)->gap;
  };
  EXPECT_EQ(gap(State::reconnecting, 0, 100), std::nullopt);
  EXPECT_EQ(gap(State::connected, 0, 112), std::chrono::milliseconds(100));
  EXPECT_EQ(gap(State::connected, 120, 121), std::nullopt) << "not a change";
  EXPECT_EQ(gap(State::reconnecting, 130, 140), std::nullopt);
  EXPECT_EQ(gap(State::waiting, 999, 1'000), std::nullopt) << "no data since 130";
  EXPECT_EQ(gap(State::connected, 999, 1'130), std::chrono::milliseconds(1'000));
  EXPECT_EQ(gap(State::reconnecting, 2'000, 2'000), std::nullopt);
  EXPECT_EQ(gap(State::connected, 0, 1'990), std::chrono::milliseconds(0)) << "the clock was set back";
  machine.on_disconnect("by ann", 3'000);
  machine.on_connect(events::RoomId(9), 4'000);
  EXPECT_EQ(gap(State::connected, 0, 4'500), std::chrono::milliseconds(1'500)) << "since it was disconnected";
  machine.on_room_status(room(State::reconnecting), true, 5'000, 5'000);
  machine.on_disconnect("by ann", 6'000);
  machine.on_connect(events::RoomId(9), 7'000);
  EXPECT_EQ(gap(State::connected, 0, 7'500), std::chrono::milliseconds(2'500))
      << "it was not connected when it was disconnected";
  SessionMachine new_session;
  new_session.on_connect(events::RoomId(9), 10);
  EXPECT_EQ(new_session.on_room_status(room(State::connected), true, 0, 20)->gap, std::nullopt);
}

TEST(SessionMachine, the_last_error_is_the_reason_of_the_last_failure) {
  SessionMachine machine = in_state(State::connecting);
  const auto last_error = [&machine](State state, const char* reason) {
    machine.on_room_status(room(state, reason), true, 0, 1);
    return machine.last_error();
  };
  EXPECT_EQ(last_error(State::connecting, "busy"), "");
  EXPECT_EQ(last_error(State::waiting, "offline"), "");
  EXPECT_EQ(last_error(State::connected, "fine"), "");
  EXPECT_EQ(last_error(State::reconnecting, "dropped"), "dropped");
  EXPECT_EQ(last_error(State::reconnecting, ""), "dropped");
  EXPECT_EQ(last_error(State::connected, ""), "dropped");
  EXPECT_EQ(last_error(State::failed, "gone"), "gone");
  machine = in_state(State::connected);
  EXPECT_EQ(last_error(State::ended, "over"), "");
  machine = in_state(State::connecting);
  EXPECT_EQ(show(machine.on_connect_limit("no data in time")), "LPEW");
  EXPECT_EQ(machine.last_error(), "no data in time");
  EXPECT_EQ(machine.status().reason, "no data in time");
}

TEST(SessionMachine, a_note_becomes_the_reason_of_the_next_connected_state) {
  SessionMachine machine = in_state(State::connecting);
  machine.set_note("not replayed");
  const auto reason = [&machine](State state, const char* of_room) {
    machine.on_room_status(room(state, of_room), true, 0, 1);
    return machine.status().reason;
  };
  EXPECT_EQ(reason(State::reconnecting, ""), "");
  EXPECT_EQ(reason(State::connected, ""), "not replayed");
  EXPECT_EQ(reason(State::reconnecting, "dropped"), "dropped");
  EXPECT_EQ(reason(State::connected, ""), "");
  machine.set_note("not replayed");
  EXPECT_EQ(reason(State::connected, "a new stream"), "a new stream") << "the room's own reason counts more";
  EXPECT_EQ(reason(State::reconnecting, ""), "");
  EXPECT_EQ(reason(State::connected, ""), "");
}

TEST(SessionMachine, a_session_that_does_not_wait_stops_when_its_room_waits) {
  struct Row {
    bool waits, connected_before;
    State to;
    std::string reason;
  };
  const Row rows[] = {
      {true, false, State::waiting, "@ann is not live"},
      {true, true, State::waiting, "@ann is not live"},
      {false, false, State::failed, "@ann is not live"},
      {false, true, State::ended, "The stream has ended"},
  };
  for (const Row& row : rows) {
    SessionMachine machine = in_state(State::connecting);
    if (row.connected_before) machine.on_room_status(room(State::connected), row.waits, 0, 1);
    RoomStatus waiting = room(State::waiting, "@ann is not live");
    waiting.next_try = 30'000;
    const auto effects = machine.on_room_status(waiting, row.waits, 5, 6);
    EXPECT_EQ(machine.state(), row.to);
    EXPECT_EQ(machine.status().reason, row.reason);
    EXPECT_EQ(show(effects), row.waits ? "PW" : "LPEW");
    EXPECT_EQ(machine.status().next_try.has_value(), row.waits);
    ASSERT_EQ(machine.status().error.has_value(), !row.waits);
    if (row.waits) continue;
    EXPECT_EQ(machine.status().error->code, codes::user_offline);
    EXPECT_EQ(machine.status().error->message, row.reason);
  }
}

TEST(SessionMachine, a_change_that_is_not_the_rooms_has_no_next_try) {
  RoomStatus later = room(State::reconnecting, "dropped");
  later.next_try = 30'000;
  SessionMachine machine = in_state(State::connected);
  machine.on_room_status(later, true, 5, 6);
  EXPECT_EQ(machine.status().next_try, 30'000);
  EXPECT_EQ(machine.status().room_id, events::RoomId(8));
  EXPECT_EQ(show(machine.on_disconnect("by ann", 7)), "LPEW");
  EXPECT_EQ(machine.status().reason, "by ann");
  EXPECT_EQ(machine.status().next_try, std::nullopt);
}

TEST(SessionMachine, a_database_error_is_shown_until_the_database_works) {
  SessionMachine machine = in_state(State::connecting);
  machine.on_database_error(Error(ErrorCode::database, "locked"));
  EXPECT_EQ(machine.state(), State::connecting);
  EXPECT_EQ(machine.status().reason, "The database does not answer; trying again");
  ASSERT_TRUE(machine.status().error);
  EXPECT_EQ(machine.status().error->message, "locked");
  machine.on_database_works();
  EXPECT_EQ(machine.status().error, std::nullopt);
}

TEST(RoomState, each_state_is_read_by_its_name) {
  for (std::size_t s = 0; s < states; ++s) {
    const auto state = static_cast<State>(s);
    EXPECT_EQ(parse_state(to_string(state)), state);
  }
  EXPECT_EQ(parse_state("unknown"), State::disconnected);
  EXPECT_EQ(parse_state(""), State::disconnected);
}

}  // namespace papi::live::session_machine_test
