#include "live/reconnect_policy.hpp"

#include "live/error_codes.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

using namespace std::chrono_literals;

ErrorDetails retry_after(std::optional<std::chrono::seconds> wait) {
  ErrorDetails details;
  details.retry_after = wait;
  return details;
}
Attempt refused(ErrorCode code, ErrorDetails details = {}) {
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

struct Spread {
  std::chrono::milliseconds least = std::chrono::milliseconds::max(), most{0};
};
/// The shortest and the longest pause that a state gives over many seeds.
template <typename Prepare>
Spread spread(const Attempt& attempt, bool wait_until_live, Prepare prepare) {
  Spread spread;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    ReconnectPolicy policy{ReconnectPolicy::Timing{}, random};
    prepare(policy);
    const auto wait = std::get<Wait>(policy.after(attempt, wait_until_live));
    spread.least = std::min(spread.least, wait.delay);
    spread.most = std::max(spread.most, wait.delay);
  }
  return spread;
}
/// From half of `bound` to all of it, and the whole of that range is used.
void expect_jitter(const Spread& spread, std::chrono::milliseconds bound, const std::string& what) {
  const auto margin = bound / 50;
  EXPECT_GE(spread.least, bound / 2) << what;
  EXPECT_LE(spread.least, bound / 2 + margin) << what;
  EXPECT_GE(spread.most, bound - margin) << what;
  EXPECT_LE(spread.most, bound) << what;
}

struct Machine : testing::Test {
  Random random{1};
  ReconnectPolicy machine{ReconnectPolicy::Timing{}, random};
};

}  // namespace

using ReconnectPolicyTest = Machine;

TEST_F(ReconnectPolicyTest, a_first_connect_that_fails_is_told_to_the_caller) {
  for (ErrorCode code : {codes::user_not_found, codes::user_offline, ErrorCode::blocked,
                         ErrorCode::upstream_error, ErrorCode::upstream_timeout, codes::sign_rate_limited}) {
    const auto action = machine.after(refused(code), false);
    ASSERT_TRUE(std::holds_alternative<Stop>(action));
    EXPECT_EQ(std::get<Stop>(action).state, RoomState::failed);
    EXPECT_EQ(std::get<Stop>(action).reason.code, code);
  }
}

TEST_F(ReconnectPolicyTest, backs_off_with_jitter_up_to_the_bound_and_begins_anew_after_data) {
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

TEST_F(ReconnectPolicyTest, a_pause_is_anything_from_half_to_the_whole_of_its_bound) {
  const Attempt dropped = ended(Attempt::End::dropped);
  const auto after = [&](const Attempt& attempt, int failures) {
    return [&attempt, failures](ReconnectPolicy& policy) {
      policy.on_connected();
      for (int i = 0; i < failures; ++i) policy.after(attempt, false);
    };
  };
  const std::pair<int, std::chrono::milliseconds> rows[] = {{0, 1s},  {1, 2s},  {2, 4s},   {3, 8s},
                                                            {4, 16s}, {5, 30s}, {11, 30s}, {200, 30s}};
  for (const auto& [failures, bound] : rows)
    expect_jitter(spread(dropped, false, after(dropped, failures)), bound, std::to_string(failures));
  const Attempt blocked = refused(ErrorCode::blocked);
  const std::pair<int, std::chrono::milliseconds> blocks[] = {{0, 4s},   {1, 8s},   {2, 16s},  {3, 30s},
                                                              {4, 600s}, {5, 600s}, {40, 600s}};
  for (const auto& [failures, bound] : blocks)
    expect_jitter(spread(blocked, false, after(blocked, failures)), bound,
                  "blocked " + std::to_string(failures));
  expect_jitter(spread(refused(codes::user_offline), true, [](ReconnectPolicy&) {}), 30s, "waiting");
}

TEST_F(ReconnectPolicyTest, only_as_long_a_time_of_data_as_the_longest_pause_lets_the_pauses_begin_anew) {
  for (const auto flowed : {29'999ms, 30'000ms}) {
    Attempt attempt = ended(Attempt::End::dropped);
    attempt.flowed = flowed;
    const auto pauses = spread(attempt, false, [](ReconnectPolicy& policy) {
      for (int i = 0; i < 6; ++i) policy.after(ended(Attempt::End::dropped), false);
    });
    expect_jitter(pauses, flowed == 30s ? 1s : 30s, std::to_string(flowed.count()));
  }
}

TEST_F(ReconnectPolicyTest, a_room_that_waits_for_its_host_has_no_failures) {
  const auto pauses = spread(ended(Attempt::End::dropped), true, [](ReconnectPolicy& policy) {
    policy.on_connected();
    for (int i = 0; i < 6; ++i) policy.after(ended(Attempt::End::dropped), true);
    policy.after(ended(Attempt::End::stream_ended), true);
  });
  expect_jitter(pauses, 1s, "as after the first drop");
}

TEST_F(ReconnectPolicyTest, a_block_behind_other_trouble_is_the_first_of_its_row) {
  for (const Attempt& between : {refused(ErrorCode::upstream_error), ended(Attempt::End::dropped)}) {
    const auto pauses = spread(refused(ErrorCode::blocked), false, [&](ReconnectPolicy& policy) {
      policy.on_connected();
      for (int i = 0; i < 4; ++i) policy.after(refused(ErrorCode::blocked), false);
      policy.after(between, false);
    });
    expect_jitter(pauses, 30s, "not 600 s");
  }
}

TEST_F(ReconnectPolicyTest, a_limited_signer_is_asked_again_up_to_a_tenth_and_a_second_after_it_said) {
  struct Row {
    std::optional<std::chrono::seconds> retry_after;
    std::chrono::milliseconds least, most;
  };
  const Row rows[] = {{7s, 7'000ms, 8'700ms}, {600s, 600'000ms, 661'000ms}, {{}, 60'000ms, 67'000ms}};
  for (const Row& row : rows) {
    const Attempt limited = refused(codes::sign_rate_limited, retry_after(row.retry_after));
    for (const bool waits : {true, false}) {
      const auto pauses = spread(limited, waits, [waits](ReconnectPolicy& policy) {
        if (!waits) policy.on_connected();
      });
      const auto margin = (row.most - row.least) / 50;
      EXPECT_TRUE(pauses.least >= row.least && pauses.least <= row.least + margin) << pauses.least.count();
      EXPECT_TRUE(pauses.most <= row.most && pauses.most >= row.most - margin) << pauses.most.count();
    }
  }
}

TEST_F(ReconnectPolicyTest, passing_trouble_does_not_end_a_room_that_has_worked) {
  machine.on_connected();
  for (ErrorCode code : {codes::user_not_found, ErrorCode::database, ErrorCode::upstream_error}) {
    EXPECT_TRUE(std::holds_alternative<Wait>(machine.after(refused(code), false)));
  }
}

TEST_F(ReconnectPolicyTest, blocks_count_only_in_a_row) {
  machine.on_connected();
  for (int i = 0; i < 3 * ReconnectPolicy::max_blocked_in_a_row; ++i) {
    const ErrorCode code = i % 3 == 2 ? ErrorCode::upstream_error : ErrorCode::blocked;
    EXPECT_TRUE(std::holds_alternative<Wait>(machine.after(refused(code), false))) << i;
  }
}

TEST_F(ReconnectPolicyTest, never_comes_back_to_a_limited_signer_before_it_was_told_to) {
  machine.on_connected();
  ErrorDetails details;
  details.retry_after = 7s;
  const auto wait = std::get<Wait>(machine.after(refused(codes::sign_rate_limited, details), false));
  EXPECT_GE(wait.delay, 7s);
  EXPECT_LE(wait.delay, 9s);
}

TEST_F(ReconnectPolicyTest, an_ended_stream_is_not_a_dropped_one) {
  machine.on_connected();
  EXPECT_EQ(std::get<Stop>(machine.after(ended(Attempt::End::stream_ended), false)).state, RoomState::ended);
  EXPECT_EQ(std::get<Stop>(machine.after(refused(codes::user_offline), false)).state, RoomState::ended)
      << "the end message was missed, the look-up tells";
  EXPECT_EQ(std::get<Wait>(machine.after(ended(Attempt::End::stream_ended), true)).state, RoomState::waiting);
}

TEST_F(ReconnectPolicyTest, a_resumed_room_is_mended_although_this_run_never_had_it) {
  machine.on_resumed();
  EXPECT_EQ(std::get<Wait>(machine.after(refused(ErrorCode::upstream_error), false)).state,
            RoomState::reconnecting);
  EXPECT_EQ(std::get<Stop>(machine.after(refused(codes::user_offline), false)).state, RoomState::ended);
}

TEST_F(ReconnectPolicyTest, a_session_that_waits_looks_again) {
  const auto wait = std::get<Wait>(machine.after(refused(codes::user_offline), true));
  EXPECT_EQ(wait.state, RoomState::waiting);
  EXPECT_GE(wait.delay, 15s);
  const auto hidden = std::get<Wait>(machine.after(refused(codes::user_not_found), true));
  EXPECT_EQ(hidden.state, RoomState::reconnecting) << "the user was there before";
}

TEST_F(ReconnectPolicyTest, nobody_waits_for_a_user_whom_tiktok_never_knew) {
  const auto stop = std::get<Stop>(machine.after(refused(codes::user_not_found), true));
  EXPECT_EQ(stop.state, RoomState::failed);
  EXPECT_EQ(stop.reason.code, codes::user_not_found);
}

TEST_F(ReconnectPolicyTest, does_not_hammer_when_it_is_blocked_and_never_gives_up) {
  machine.on_connected();
  for (int i = 1; i < ReconnectPolicy::max_blocked_in_a_row; ++i) {
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

TEST_F(ReconnectPolicyTest, trouble_with_the_database_never_ends_a_room_not_even_at_its_first_connect) {
  for (int i = 0; i < 20; ++i) {
    const ErrorCode code = i % 2 == 0 ? ErrorCode::database : ErrorCode::unavailable;
    const auto wait = std::get<Wait>(machine.after(refused(code), false));
    EXPECT_EQ(wait.state, RoomState::reconnecting);
    EXPECT_LE(wait.delay, 30s);
  }
}

}  // namespace papi::live
