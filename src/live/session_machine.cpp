#include "live/session_machine.hpp"

#include <algorithm>

#include "live/error_codes.hpp"
#include "platform/base/enum_count.hpp"

namespace papi::live {
namespace {

/// The states in which an event is allowed.
enum class When { running, stopped, connecting, always };
/// When a change goes to the event log and to the database.
enum class Publish { always, if_changed, never };

struct TransitionRow {
  SessionEvent event;
  When when;
  std::optional<RoomState> to;  // nullopt: the state stays
  Publish publish;
};

constexpr TransitionRow transitions[] = {
    {SessionEvent::connect, When::stopped, RoomState::connecting, Publish::always},
    {SessionEvent::resume, When::running, RoomState::reconnecting, Publish::always},
    {SessionEvent::start_stopped, When::running, RoomState::disconnected, Publish::always},
    {SessionEvent::room_connecting, When::running, RoomState::connecting, Publish::if_changed},
    {SessionEvent::room_waiting, When::running, RoomState::waiting, Publish::if_changed},
    {SessionEvent::room_connected, When::running, RoomState::connected, Publish::if_changed},
    {SessionEvent::room_reconnecting, When::running, RoomState::reconnecting, Publish::if_changed},
    {SessionEvent::room_ended, When::running, RoomState::ended, Publish::if_changed},
    {SessionEvent::room_failed, When::running, RoomState::failed, Publish::if_changed},
    {SessionEvent::connect_limit, When::connecting, RoomState::failed, Publish::always},
    {SessionEvent::disconnect, When::running, RoomState::disconnected, Publish::always},
    {SessionEvent::remove, When::always, std::nullopt, Publish::never},
    {SessionEvent::shutdown, When::always, std::nullopt, Publish::never},
};
static_assert(std::size(transitions) == enum_count<SessionEvent>());

constexpr bool transitions_are_in_order() {
  for (std::size_t i = 0; i < std::size(transitions); ++i) {
    if (static_cast<std::size_t>(transitions[i].event) != i) return false;
  }
  return true;
}
static_assert(transitions_are_in_order(), "session_transition() finds the row of an event by its number");

bool is_allowed(When when, RoomState from) {
  switch (when) {
    case When::running:
      return is_running(from);
    case When::stopped:
      return !is_running(from);
    case When::connecting:
      return from == RoomState::connecting;
    case When::always:
      break;
  }
  return true;
}

std::optional<SessionEvent> event_of(RoomState room) {
  switch (room) {
    case RoomState::connecting:
      return SessionEvent::room_connecting;
    case RoomState::waiting:
      return SessionEvent::room_waiting;
    case RoomState::connected:
      return SessionEvent::room_connected;
    case RoomState::reconnecting:
      return SessionEvent::room_reconnecting;
    case RoomState::ended:
      return SessionEvent::room_ended;
    case RoomState::failed:
      return SessionEvent::room_failed;
    case RoomState::disconnected:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<SessionTransition> session_transition(RoomState from, SessionEvent event) {
  const TransitionRow& row = transitions[static_cast<std::size_t>(event)];
  if (!is_allowed(row.when, from)) return std::nullopt;
  const RoomState to = row.to.value_or(from);
  SessionEffects effects;
  effects.leave_room = event == SessionEvent::remove || (row.to && !is_running(to));
  effects.publish = row.publish == Publish::always || (row.publish == Publish::if_changed && from != to);
  effects.end_streaks = effects.publish && !is_running(to);
  effects.wake_waiters = !row.to || is_settled(to);
  return SessionTransition{to, effects};
}

SessionMachine::SessionMachine() { status_.state = RoomState::disconnected; }

SessionMachine::SessionMachine(RoomStatus status, UnixMs started_at, UnixMs heard_at)
    : status_(std::move(status)), started_at_(started_at), heard_at_(heard_at) {}

/// Enters the state that the event leads to.
SessionMachine::Effects SessionMachine::enter(SessionEvent event, std::string reason) {
  const auto transition = session_transition(status_.state, event);
  if (!transition) return std::nullopt;
  status_.state = transition->to;
  status_.reason = std::move(reason);
  status_.next_try.reset();
  return transition->effects;
}

/// Enters the first state of a new or resumed run of the session.
SessionMachine::Effects SessionMachine::begin(SessionEvent event, events::RoomId room_id,
                                              std::string reason) {
  const Effects effects = enter(event, std::move(reason));
  if (!effects) return effects;
  status_.room_id = room_id;
  status_.error.reset();
  last_error_.clear();
  note_.clear();
  was_connected_ = event == SessionEvent::resume;
  return effects;
}

SessionMachine::Effects SessionMachine::on_connect(events::RoomId room_id, UnixMs now) {
  const Effects effects = begin(SessionEvent::connect, room_id, connecting_reason);
  if (effects) started_at_ = now;
  return effects;
}

SessionMachine::Effects SessionMachine::on_resume(events::RoomId room_id) {
  return begin(SessionEvent::resume, room_id, restarted_reason);
}

SessionMachine::Effects SessionMachine::on_start_stopped() {
  return enter(SessionEvent::start_stopped, restarted_reason);
}

SessionMachine::Effects SessionMachine::on_connect_limit(std::string reason) {
  const Effects effects = enter(SessionEvent::connect_limit, reason);
  if (effects) last_error_ = std::move(reason);
  return effects;
}

SessionMachine::Effects SessionMachine::on_disconnect(std::string reason, UnixMs heard_at) {
  const bool flowed = status_.state == RoomState::connected;
  const Effects effects = enter(SessionEvent::disconnect, std::move(reason));
  if (effects && flowed) heard_at_ = heard_at;
  return effects;
}

SessionMachine::Effects SessionMachine::on_remove() {
  return session_transition(status_.state, SessionEvent::remove)->effects;
}

SessionMachine::Effects SessionMachine::on_shutdown() {
  return session_transition(status_.state, SessionEvent::shutdown)->effects;
}

SessionMachine::Effects SessionMachine::on_room_status(RoomStatus status, bool waits_for_stream,
                                                       UnixMs heard_at, UnixMs now) {
  if (status.state == RoomState::waiting && !waits_for_stream) {
    status.next_try.reset();
    status.state = was_connected_ ? RoomState::ended : RoomState::failed;
    if (was_connected_) status.reason = "The stream has ended";
    status.error = Error(codes::user_offline, status.reason);
  }
  const RoomState from = status_.state;
  const auto event = event_of(status.state);
  const auto transition = event ? session_transition(from, *event) : std::nullopt;
  if (!transition) return std::nullopt;
  if (status.state == RoomState::connected && status.reason.empty()) status.reason = note_;
  status_ = std::move(status);
  Effects effects = transition->effects;
  const RoomState to = status_.state;
  if (from == RoomState::connected && to != from) heard_at_ = heard_at;
  if ((to == RoomState::reconnecting || to == RoomState::failed) && !status_.reason.empty())
    last_error_ = status_.reason;
  if (to == RoomState::connected) {
    was_connected_ = true;
    note_.clear();
    if (effects->publish && heard_at_ > 0)
      effects->gap = std::chrono::milliseconds(std::max<UnixMs>(0, now - std::exchange(heard_at_, 0)));
  }
  return effects;
}

void SessionMachine::on_database_error(Error error) {
  status_.error = std::move(error);
  status_.reason = "The database does not answer; trying again";
}

}  // namespace papi::live
