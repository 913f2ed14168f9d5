#include "live/room_machine.hpp"

#include <algorithm>

namespace papi::live {

std::string_view to_string(RoomState state) {
  constexpr std::string_view names[] = {"connecting",   "waiting", "connected", "reconnecting",
                                        "disconnected", "ended",   "failed"};
  return names[static_cast<int>(state)];
}

std::chrono::milliseconds RoomMachine::jittered(std::chrono::milliseconds delay) {
  // Half to the whole of it: many followers that failed together do not come back together.
  return std::chrono::milliseconds(random_.between(delay.count() / 2, delay.count()));
}

Wait RoomMachine::backoff(std::string reason, int more) {
  const auto grown = timing_.first_backoff * (1 << std::min(failures_ + more, 10));
  ++failures_;
  return Wait{RoomState::reconnecting, std::move(reason), jittered(std::min(grown, timing_.max_backoff))};
}

RoomAction RoomMachine::offline(bool wait_until_live, Error reason) {
  user_exists_ = true;
  if (wait_until_live) {
    failures_ = 0;
    return Wait{RoomState::waiting, reason.message, jittered(timing_.live_check)};
  }
  if (was_connected_) return Stop{RoomState::ended, Error(ErrorCode::user_offline, "The stream has ended")};
  return Stop{RoomState::failed, std::move(reason)};
}

RoomAction RoomMachine::after(const Attempt& attempt, bool wait_until_live) {
  // A connection that is dropped after its first words costs a signature each time: only a lasting one lets
  // the pauses begin anew.
  if (attempt.flowed >= timing_.max_backoff) failures_ = 0;
  if (attempt.end != Attempt::End::refused || attempt.error.code != ErrorCode::blocked) blocked_ = 0;
  switch (attempt.end) {
    case Attempt::End::stream_ended:
      return offline(wait_until_live, Error(ErrorCode::user_offline, "The stream has ended"));
    case Attempt::End::dropped:
      return backoff(attempt.error.message);
    case Attempt::End::refused:
      break;
  }
  const Error& error = attempt.error;
  // The database will be free or mended again, whether or not the room was ever reached.
  if (error.code == ErrorCode::database || error.code == ErrorCode::unavailable)
    return backoff(error.message);
  if (error.code == ErrorCode::user_offline) return offline(wait_until_live, error);
  if (error.code == ErrorCode::sign_rate_limited && (was_connected_ || wait_until_live)) {
    const json::value* seconds = error.details.if_contains("retry_after");
    // Never earlier than told: the limit would only grow.
    const std::int64_t wait = seconds && seconds->is_int64() ? seconds->as_int64() * 1000 : 60'000;
    return Wait{RoomState::reconnecting, error.message,
                std::chrono::milliseconds(wait + random_.between(0, 1'000 + wait / 10))};
  }
  // What has worked before is retried. If a first connect fails, the caller decides.
  const bool ours = was_connected_ || wait_until_live;
  // TikTok says "not found" also of somebody whom it hides for a while (dossier §1.3). Who was seen before is
  // waited for.
  const bool no_such_user = error.code == ErrorCode::user_not_found && !was_connected_ && !user_exists_;
  if (!ours || no_such_user) return Stop{RoomState::failed, error};
  if (error.code != ErrorCode::blocked) return backoff(error.message);
  // Coming back soon prolongs a block. It is lifted one day, so it never ends the room.
  if (++blocked_ < max_blocked_in_a_row) return backoff(error.message, 2);
  return Wait{RoomState::reconnecting, error.message, jittered(timing_.blocked_pause)};
}

}  // namespace papi::live
