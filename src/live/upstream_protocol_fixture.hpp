#pragma once

// Shared by the tests of UpstreamProtocol: steps in time, and their actions as text.

#include <gtest/gtest.h>

#include <functional>

#include "live/upstream_protocol.hpp"

namespace papi::live::testing_upstream {

using Kind = ServerFrame::Kind;
using TimePoint = UpstreamProtocol::TimePoint;

inline constexpr std::uint64_t room = 7;
inline constexpr UnixMs epoch_ms = 1'700'000'000'000;

inline Moment at(std::int64_t ms) { return {epoch_ms + ms, TimePoint(std::chrono::milliseconds(ms))}; }

inline std::string ms_of(std::chrono::steady_clock::duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

// Each action as a short text, with all that it says.
inline std::string show(const SendEnterRoom& a) {
  return "enter " + std::to_string(a.room_id.value()) + " '" + a.cursor + "'";
}
inline std::string show(const SendHeartbeat& a) {
  return "heartbeat " + std::to_string(a.room_id.value()) + " " + std::to_string(a.number);
}
inline std::string show(const SendAcknowledgement& a) {
  return "ack " + std::to_string(a.log_id) + " " + a.internal_ext;
}
inline std::string show(const StoreResult& a) {
  return "store '" + a.cursor + "'" + (a.history ? " history" : "") + (a.live ? " live" : "");
}
inline std::string show(const ReportConnected& a) {
  return "connected" + (a.note.empty() ? "" : ": " + a.note);
}
inline std::string show(const DelayStreaks& a) { return "delay " + ms_of(a.time); }
inline std::string show(const EndStreaks& a) {
  const std::string idle = std::to_string(a.which.idle.count());
  const std::string heard =
      a.which.heard == TimePoint::max() ? "ever" : ms_of(a.which.heard.time_since_epoch());
  return "end streaks idle " + idle + " at " + heard + (a.which.leaving_only ? " leaving" : "");
}
inline std::string show(const CloseSocket&) { return "close"; }
inline std::string show(const EndAttempt& a) {
  constexpr const char* names[] = {"stream ended", "dropped", "refused"};
  const auto& error = a.attempt.error;
  return std::string(names[static_cast<int>(a.attempt.end)]) +
         (error.message.empty() ? "" : " '" + error.message + "'") + " after " +
         std::to_string(a.attempt.flowed.count());
}
inline std::string show(const UpstreamActions& actions) {
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

inline const Event opened = [](auto& p, Moment now) { return p.on_socket_opened(now.steady); };
inline const Event time_passes = [](auto& p, Moment now) { return p.on_time(now.steady); };
inline const Event stop = [](auto& p, Moment) { return p.on_stop(); };
inline const Event stored = [](auto& p, Moment now) { return p.on_stored(false, now.steady); };
inline const Event stored_with_the_end = [](auto& p, Moment now) { return p.on_stored(true, now.steady); };
inline const Event not_stored = [](auto& p, Moment) {
  return p.on_not_stored(Error(ErrorCode::database, "the disk is full"));
};
inline const Event peer_closes = [](auto& p, Moment now) {
  return p.on_peer_closed(Error(ErrorCode::upstream_error, "reset"), now.steady);
};
inline Event found(std::uint64_t room_id) {
  return [room_id](auto& p, Moment) { return p.on_room_found(events::RoomId(room_id)); };
}
inline Event first_result(ResultSummary result) {
  return [result](auto& p, Moment) { return p.on_first_result(result); };
}
inline Event frame(Kind kind, std::uint64_t log_id = 0, ResultSummary result = {}) {
  return [=](auto& p, Moment now) { return p.on_frame({kind, log_id, result}, now); };
}
inline Event pause(RoomState state) {
  return [state](auto& p, Moment now) { return p.on_pause(state, now.steady); };
}
inline Event over(RoomState state) {
  return [state](auto& p, Moment) { return p.on_over(state); };
}

/// A result with messages that wants an acknowledgement.
inline ResultSummary data(std::string cursor = {}, std::string internal_ext = "x") {
  return {std::move(cursor), std::move(internal_ext), true, true, {}};
}
inline ResultSummary without_messages(std::string cursor = {}) {
  return {std::move(cursor), "x", false, true, {}};
}
inline ResultSummary asking_for_heartbeats(std::chrono::milliseconds every) {
  return {"", "", false, false, every};
}

inline void run(UpstreamProtocol& protocol, const std::vector<Step>& steps, const std::string& what = {}) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    EXPECT_EQ(show(steps[i].event(protocol, at(steps[i].ms))), steps[i].expected)
        << what << " step " << i << " at " << steps[i].ms << " ms";
  }
}

/// A room that is looked up for the first time at 0 ms, with an open socket.
struct UpstreamProtocolFixture : testing::Test {
  UpstreamProtocol protocol{UpstreamProtocol::Timing(), TimePoint()};

  void open(std::int64_t ms = 0) {
    run(protocol, {{ms, found(room), ""},
                   {ms, first_result(without_messages("c1")), "store 'c1' history"},
                   {ms, stored, ""},
                   {ms, opened, "enter 7 'c1'"}});
  }
};

}  // namespace papi::live::testing_upstream
