#include "live/upstream_protocol.hpp"

#include <algorithm>

namespace papi::live {

UpstreamProtocol::UpstreamProtocol(const Timing& timing, TimePoint now)
    : timing_(timing), heartbeat_(timing.heartbeat), last_heard_(now) {}

void UpstreamProtocol::start_from(events::RoomId room_id, std::string cursor, UnixMs heard_at, bool resumed) {
  cursor_ = std::move(cursor);
  room_id_ = cursor_.empty() ? events::RoomId() : room_id;
  heard_at_ = heard_at;
  was_connected_ = resumed;
}

UpstreamActions UpstreamProtocol::on_room_found(events::RoomId room_id) {
  conn_ = {};
  UpstreamActions actions;
  if (room_id_ != events::RoomId() && room_id_ != room_id) {
    cursor_.clear();
    note_ = "A new stream has begun; the position in the one before does not apply";
    actions.push_back(EndStreaks{});
  }
  room_id_ = room_id;
  return actions;
}

UpstreamActions UpstreamProtocol::on_first_result(const ResultSummary& result) {
  began_without_cursor_ = cursor_.empty();
  adopt_heartbeat(result);
  StoreResult step = store(result);
  step.history = began_without_cursor_;
  return {std::move(step)};
}

UpstreamActions UpstreamProtocol::on_socket_opened(TimePoint now) {
  conn_ = {};
  conn_.last_data = conn_.next_heartbeat = now;
  conn_.next_streak_check = now + timing_.streak_idle / 4;
  if (stopped_) return {CloseSocket{}};
  conn_.open = true;
  return {SendEnterRoom{room_id_, cursor_}};
}

UpstreamActions UpstreamProtocol::on_frame(const ServerFrame& frame, Moment now) {
  UpstreamActions actions;
  if (frame.kind == ServerFrame::Kind::unreadable) return actions;
  const bool result = frame.kind == ServerFrame::Kind::result || frame.kind == ServerFrame::Kind::backlog;
  note_heard(result || frame.kind == ServerFrame::Kind::unreadable_result, now.steady, actions);
  if (result) take_result(frame, now, actions);
  if (frame.kind == ServerFrame::Kind::close)
    actions.push_back(end(lost(), Error(ErrorCode::upstream_error, "TikTok closed the connection")));
  return actions;
}

/// Notes that a frame has arrived. The time in which nothing was received does not count for streaks that
/// wait for a message.
void UpstreamProtocol::note_heard(bool data, TimePoint now, UpstreamActions& actions) {
  const auto unheard = now - std::exchange(last_heard_, now);
  if (!std::exchange(conn_.heard, true)) {
    conn_.heard_since = now;
    actions.push_back(DelayStreaks{unheard});
    return;
  }
  // Data after a pause may be late, because TikTok paused or because our database was locked. The answer to a
  // heartbeat after a pause shows that nothing was delayed. The usual pause between two frames is left out.
  const auto pause = unheard - timing_.streak_idle / 4;
  if (data && pause > pause.zero()) actions.push_back(DelayStreaks{pause});
}

void UpstreamProtocol::take_result(const ServerFrame& frame, Moment now, UpstreamActions& actions) {
  conn_.last_data = now.steady;
  if (!conn_.flowing) conn_.first_data = now.steady;
  const bool flowed_before = conn_.flowing;
  // An age-restricted room answers but sends no messages. That does not count as "connected".
  if (!conn_.flowing && frame.result.has_messages) {
    conn_.flowing = was_connected_ = true;
    actions.push_back(ReportConnected{std::exchange(note_, {})});
  }
  if (conn_.flowing) heard_at_ = now.unix_ms;
  adopt_heartbeat(frame.result);
  StoreResult step = store(frame.result);
  // The result after entering is the rest of the backlog (docs/webcast-protocol.md §5.3).
  step.history = began_without_cursor_ && frame.kind == ServerFrame::Kind::backlog;
  step.live = flowed_before && frame.kind == ServerFrame::Kind::result;
  if (frame.result.need_ack && !frame.result.internal_ext.empty())
    pending_.acknowledgement = SendAcknowledgement{frame.log_id, frame.result.internal_ext};
  actions.push_back(std::move(step));
}

void UpstreamProtocol::adopt_heartbeat(const ResultSummary& result) {
  if (result.heartbeat.count() <= 0) return;
  constexpr std::chrono::milliseconds shortest{1'000};
  heartbeat_ = std::min(std::max(result.heartbeat, shortest), timing_.heartbeat);
}

StoreResult UpstreamProtocol::store(const ResultSummary& result) {
  pending_ = {};
  pending_.cursor = result.cursor.empty() ? cursor_ : result.cursor;
  StoreResult step;
  step.cursor = pending_.cursor;
  return step;
}

UpstreamActions UpstreamProtocol::on_stored(bool stream_ended, TimePoint now) {
  Pending stored = std::exchange(pending_, {});
  cursor_ = std::move(stored.cursor);
  UpstreamActions actions;
  if (conn_.heard) {
    // No frame was read while the database worked, so that time does not count either. Many short waits of a
    // slow database would add up to a streak's idle time.
    const auto storing = now - std::exchange(last_heard_, now);
    if (storing > storing.zero()) actions.push_back(DelayStreaks{storing});
  }
  // After the events are stored, and never before: an unacknowledged frame comes again after a crash.
  if (stored.acknowledgement) actions.push_back(*std::move(stored.acknowledgement));
  if (stream_ended) actions.push_back(end(Attempt::End::stream_ended));
  return actions;
}

UpstreamActions UpstreamProtocol::on_not_stored(Error error) {
  pending_ = {};
  return {end(Attempt::End::refused, std::move(error))};
}

UpstreamActions UpstreamProtocol::on_time(TimePoint now) {
  UpstreamActions actions;
  if (!conn_.open) return actions;
  // WebSocket pongs are not used, because TikTok does not answer pings (docs/webcast-protocol.md §3.4). The
  // connection counts as dead if no data arrive.
  if (now - conn_.last_data >= timing_.silence) {
    conn_.open = false;
    actions.push_back(CloseSocket{});
    return actions;
  }
  if (now >= conn_.next_heartbeat) {
    actions.push_back(SendHeartbeat{room_id_, ++conn_.heartbeats});
    // Several heartbeats fit into the silence limit. Their answers show that a quiet room is still received.
    conn_.next_heartbeat = now + std::min(heartbeat_, timing_.silence / 4);
  }
  if (now >= conn_.next_streak_check) {
    conn_.next_streak_check = now + timing_.streak_idle / 4;
    // While nothing is received, a missing message does not mean that a streak has ended. Missed messages
    // arrive at the beginning of a connection.
    StreakEnd overdue;
    overdue.idle = timing_.streak_idle;
    overdue.heard = last_heard_;
    if (conn_.heard && now - conn_.heard_since >= timing_.streak_idle / 4)
      actions.push_back(EndStreaks{overdue});
  }
  return actions;
}

std::optional<UpstreamProtocol::TimePoint> UpstreamProtocol::next_time() const {
  if (!conn_.open) return std::nullopt;
  return std::min({conn_.next_heartbeat, conn_.next_streak_check, conn_.last_data + timing_.silence});
}

UpstreamActions UpstreamProtocol::on_peer_closed(Error error, TimePoint now) {
  if (now - conn_.last_data >= timing_.silence) error.message = "no data for too long";
  return {end(lost(), std::move(error))};
}

UpstreamActions UpstreamProtocol::on_pause(RoomState state, TimePoint now) const {
  StreakEnd overdue, leaving;
  overdue.idle = timing_.streak_idle_offline;
  overdue.heard = now;
  leaving.leaving_only = true;
  UpstreamActions actions{EndStreaks{overdue}};
  if (state == RoomState::waiting) actions.push_back(EndStreaks{leaving});
  return actions;
}

UpstreamActions UpstreamProtocol::on_over(RoomState state) const {
  // This includes an end that was only found at a look-up. No more messages of its streaks can come.
  return state == RoomState::ended ? UpstreamActions{EndStreaks{}} : UpstreamActions{};
}

UpstreamActions UpstreamProtocol::on_stop() {
  stopped_ = true;
  const bool was_open = std::exchange(conn_.open, false);
  return was_open ? UpstreamActions{CloseSocket{}} : UpstreamActions{};
}

Attempt::End UpstreamProtocol::lost() const {
  return conn_.flowing ? Attempt::End::dropped : Attempt::End::refused;
}

EndAttempt UpstreamProtocol::end(Attempt::End how, Error error) {
  conn_.open = false;
  EndAttempt ended;
  ended.attempt.end = how;
  ended.attempt.error = std::move(error);
  if (conn_.flowing)
    ended.attempt.flowed =
        std::chrono::duration_cast<std::chrono::milliseconds>(conn_.last_data - conn_.first_data);
  return ended;
}

}  // namespace papi::live
