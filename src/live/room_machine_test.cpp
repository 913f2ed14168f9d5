#include "live/room_machine.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

using namespace std::chrono_literals;

Attempt refused(ErrorCode code, json::object details = {}) {
  Attempt attempt;
  attempt.end = Attempt::End::refused;
  attempt.error = Error(code, "why", std::move(details));
  return attempt;
}
Attempt ended(Attempt::End end) {
  Attempt attempt;
  attempt.end = end;
  return attempt;
}

struct Machine : testing::Test {
  Random random{1};
  RoomMachine machine{RoomMachine::Timing{}, random};
};

}  // namespace

using RoomMachineTest = Machine;

TEST_F(RoomMachineTest, a_first_connect_that_fails_is_told_to_the_caller) {
  for (ErrorCode code :
       {ErrorCode::user_not_found, ErrorCode::user_offline, ErrorCode::blocked, ErrorCode::upstream_error,
        ErrorCode::upstream_timeout, ErrorCode::sign_rate_limited}) {
    const auto action = machine.after(refused(code), false);
    ASSERT_TRUE(std::holds_alternative<Stop>(action));
    EXPECT_EQ(std::get<Stop>(action).state, RoomState::failed);
    EXPECT_EQ(std::get<Stop>(action).reason.code, code);
  }
}

TEST_F(RoomMachineTest, backs_off_with_jitter_up_to_the_bound_and_begins_anew_after_data) {
  machine.on_connected();
  std::chrono::milliseconds bound = 1s;
  for (int i = 0; i < 12; ++i) {
    const auto wait = std::get<Wait>(machine.after(ended(Attempt::End::dropped), false));
    EXPECT_EQ(wait.state, RoomState::reconnecting);
    EXPECT_GE(wait.delay, bound / 2);
    EXPECT_LE(wait.delay, bound);
    bound = std::min<std::chrono::milliseconds>(bound * 2, 30s);
  }
  Attempt brief = ended(Attempt::End::dropped);
  brief.flowed = 5s;
  EXPECT_GE(std::get<Wait>(machine.after(brief, false)).delay, 15s) << "an early kick is no success";
  brief.flowed = 30s;
  EXPECT_LE(std::get<Wait>(machine.after(brief, false)).delay, 1s);
}

TEST_F(RoomMachineTest, passing_trouble_does_not_end_a_room_that_has_worked) {
  machine.on_connected();
  for (ErrorCode code : {ErrorCode::user_not_found, ErrorCode::database, ErrorCode::upstream_error}) {
    EXPECT_TRUE(std::holds_alternative<Wait>(machine.after(refused(code), false)));
  }
}

TEST_F(RoomMachineTest, blocks_count_only_in_a_row) {
  machine.on_connected();
  for (int i = 0; i < 3 * RoomMachine::max_blocked_in_a_row; ++i) {
    const ErrorCode code = i % 3 == 2 ? ErrorCode::upstream_error : ErrorCode::blocked;
    EXPECT_TRUE(std::holds_alternative<Wait>(machine.after(refused(code), false))) << i;
  }
}

TEST_F(RoomMachineTest, never_comes_back_to_a_limited_signer_before_it_was_told_to) {
  machine.on_connected();
  json::object details;
  details["retry_after"] = std::int64_t{7};
  const auto wait = std::get<Wait>(machine.after(refused(ErrorCode::sign_rate_limited, details), false));
  EXPECT_GE(wait.delay, 7s);
  EXPECT_LE(wait.delay, 9s);
}

TEST_F(RoomMachineTest, an_ended_stream_is_not_a_dropped_one) {
  machine.on_connected();
  EXPECT_EQ(std::get<Stop>(machine.after(ended(Attempt::End::stream_ended), false)).state, RoomState::ended);
  EXPECT_EQ(std::get<Stop>(machine.after(refused(ErrorCode::user_offline), false)).state, RoomState::ended)
      << "the end message was missed, the look-up tells";
  EXPECT_EQ(std::get<Wait>(machine.after(ended(Attempt::End::stream_ended), true)).state, RoomState::waiting);
}

TEST_F(RoomMachineTest, a_resumed_room_is_mended_although_this_run_never_had_it) {
  machine.on_resumed();
  EXPECT_EQ(std::get<Wait>(machine.after(refused(ErrorCode::upstream_error), false)).state,
            RoomState::reconnecting);
  EXPECT_EQ(std::get<Stop>(machine.after(refused(ErrorCode::user_offline), false)).state, RoomState::ended);
}

TEST_F(RoomMachineTest, a_session_that_waits_looks_again) {
  const auto wait = std::get<Wait>(machine.after(refused(ErrorCode::user_offline), true));
  EXPECT_EQ(wait.state, RoomState::waiting);
  EXPECT_GE(wait.delay, 15s);
  const auto hidden = std::get<Wait>(machine.after(refused(ErrorCode::user_not_found), true));
  EXPECT_EQ(hidden.state, RoomState::reconnecting) << "the user was there before";
}

TEST_F(RoomMachineTest, nobody_waits_for_a_user_whom_tiktok_never_knew) {
  const auto stop = std::get<Stop>(machine.after(refused(ErrorCode::user_not_found), true));
  EXPECT_EQ(stop.state, RoomState::failed);
  EXPECT_EQ(stop.reason.code, ErrorCode::user_not_found);
}

TEST_F(RoomMachineTest, does_not_hammer_when_it_is_blocked_and_never_gives_up) {
  machine.on_connected();
  for (int i = 1; i < RoomMachine::max_blocked_in_a_row; ++i) {
    EXPECT_LE(std::get<Wait>(machine.after(refused(ErrorCode::blocked), false)).delay, 30s);
  }
  for (int i = 0; i < 20; ++i) {
    const auto wait = std::get<Wait>(machine.after(refused(ErrorCode::blocked), false));
    EXPECT_EQ(wait.state, RoomState::reconnecting);
    EXPECT_GE(wait.delay, 300s);
    EXPECT_LE(wait.delay, 600s);
  }
  EXPECT_LE(std::get<Wait>(machine.after(refused(ErrorCode::upstream_error), false)).delay, 30s);
}

TEST_F(RoomMachineTest, trouble_with_the_database_never_ends_a_room_not_even_at_its_first_connect) {
  for (int i = 0; i < 20; ++i) {
    const ErrorCode code = i % 2 == 0 ? ErrorCode::database : ErrorCode::unavailable;
    const auto wait = std::get<Wait>(machine.after(refused(code), false));
    EXPECT_EQ(wait.state, RoomState::reconnecting);
    EXPECT_LE(wait.delay, 30s);
  }
}

}  // namespace papi::live
