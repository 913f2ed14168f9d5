#include "live/reconnect_policy.hpp"

#include <algorithm>

#include "live/error_codes.hpp"
#include "platform/base/enum_count.hpp"

namespace papi::live {
namespace {

constexpr std::string_view end_names[] = {"stream_ended", "dropped", "refused"};
static_assert(std::size(end_names) == enum_count<Attempt::End>());

}  // namespace

std::string_view to_string(Attempt::End end) { return end_names[static_cast<std::size_t>(end)]; }

std::chrono::milliseconds ReconnectPolicy::jittered(std::chrono::milliseconds delay) {
  // Half of the delay up to all of it, so that many rooms that failed together do not return together.
  return std::chrono::milliseconds(random_.between(delay.count() / 2, delay.count()));
}

Wait ReconnectPolicy::backoff(std::string reason, int more) {
  const auto grown = timing_.first_backoff * (1 << std::min(failures_ + more, 10));
  ++failures_;
  return Wait{RoomState::reconnecting, std::move(reason), jittered(std::min(grown, timing_.max_backoff))};
}

RoomAction ReconnectPolicy::offline(bool wait_until_live, Error reason) {
  user_exists_ = true;
  if (wait_until_live) {
    failures_ = 0;
    return Wait{RoomState::waiting, reason.message, jittered(timing_.live_check)};
  }
  if (was_connected_) return Stop{RoomState::ended, Error(codes::user_offline, "The stream has ended")};
  return Stop{RoomState::failed, std::move(reason)};
}

RoomAction ReconnectPolicy::after(const Attempt& attempt, bool wait_until_live) {
  // A connection that is dropped soon costs a signature each time. So only a lasting connection resets the
  // backoff.
  if (attempt.flowed >= timing_.max_backoff) failures_ = 0;
  if (attempt.end != Attempt::End::refused || attempt.error.code != ErrorCode::blocked) blocked_ = 0;
  switch (attempt.end) {
    case Attempt::End::stream_ended:
      return offline(wait_until_live, Error(codes::user_offline, "The stream has ended"));
    case Attempt::End::dropped:
      return backoff(attempt.error.message);
    case Attempt::End::refused:
      break;
  }
  const Error& error = attempt.error;
  // The database will recover. It does not matter whether the room was ever reached.
  if (error.code == ErrorCode::database || error.code == ErrorCode::unavailable)
    return backoff(error.message);
  if (error.code == codes::user_offline) return offline(wait_until_live, error);
  if (error.code == codes::sign_rate_limited && (was_connected_ || wait_until_live)) {
    // Never earlier than told: the limit would only grow.
    const std::chrono::milliseconds wait = error.details().retry_after.value_or(std::chrono::seconds(60));
    return Wait{RoomState::reconnecting, error.message,
                wait + std::chrono::milliseconds(random_.between(0, 1'000 + wait.count() / 10))};
  }
  // If a connect has worked before, it is retried. If the first connect fails, the caller decides.
  const bool ours = was_connected_ || wait_until_live;
  // TikTok says "not found" also of somebody whom it hides for a while (docs/webcast-protocol.md §1.3). Who
  // was seen before is waited for.
  const bool no_such_user = error.code == codes::user_not_found && !was_connected_ && !user_exists_;
  if (!ours || no_such_user) return Stop{RoomState::failed, error};
  if (error.code != ErrorCode::blocked) return backoff(error.message);
  // A quick retry prolongs a block. A block is lifted some day, so it never ends the room.
  if (++blocked_ < max_blocked_in_a_row) return backoff(error.message, 2);
  return Wait{RoomState::reconnecting, error.message, jittered(timing_.blocked_pause)};
}

}  // namespace papi::live
