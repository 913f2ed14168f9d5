#include "events/event_log.hpp"

#include <algorithm>
#include <unordered_set>

namespace papi::events {

EventLog::EventLog(Executor executor, EventStore& store, FanOut& fan_out, const StoredSession& session,
                   Options options)
    : store_(store),
      fan_out_(fan_out),
      totals_of_(options.totals_of),
      identity_(options.identity),
      key_(session.key),
      session_id_(session.id),
      epoch_(session.epoch),
      access_(std::move(options.access)),
      executor_(executor),
      lock_(executor),
      last_offset_(session.last_offset) {}

void EventLog::put_first(PreparedEventPtr event) {
  if (deleted_) return;
  waiting_.push_back(std::move(event));
  if (waiting_.size() <= max_waiting) return;
  waiting_.erase(waiting_.begin());
  ++dropped_;
}

std::vector<EventPtr> EventLog::number(const PreparedEvents& waiting, const PreparedEvents& events) const {
  std::vector<EventPtr> numbered;
  numbered.reserve(waiting.size() + events.size());
  Offset offset = last_offset_;
  for (const PreparedEvents* part : {&waiting, &events}) {
    for (const PreparedEventPtr& prepared : *part) {
      offset = next_offset(offset);
      const Position position{offset, epoch_, session_id_};
      numbered.push_back(encode(prepared, position));
    }
  }
  return numbered;
}

SessionTotals EventLog::totals_of(const std::vector<EventPtr>& events) const {
  return totals_of_ && store_.keeps_events() ? totals_of_(events) : SessionTotals();
}

void EventLog::publish(std::vector<EventPtr> events, std::size_t waited, std::optional<TimePoint> received) {
  waiting_.erase(waiting_.begin(),
                 waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waited, waiting_.size())));
  if (events.empty()) return;
  last_offset_ = events.back()->offset;
  if (identity_) identity_->committed(key_, epoch_, last_offset_);  // before anybody sees the events
  for (const EventPtr& event : events) {
    ++counts_[static_cast<std::size_t>(event->type)];
    fan_out_.metrics().committed.add(static_cast<std::size_t>(event->type));
    if (event->type == EventType::session) announce(event);
  }
  if (received) fan_out_.metrics().commit_delay.record(fan_out_.clock().steady() - *received);
  fan_out_.publish(session_id_, std::make_shared<const EventBatch>(std::move(events), access_, received));
}

void EventLog::announce(const EventPtr& event) const {
  SessionNotice notice;
  notice.kind = SessionNotice::Kind::changed;
  notice.session_id = session_id_;
  notice.epoch = epoch_;
  notice.access = access_;
  notice.event = event;
  fan_out_.changes().publish(std::move(notice));
}

void EventLog::set_deleted() {
  deleted_ = true;
  waiting_.clear();
}

/// The store has events of this event log whose commit seemed to fail. Shows them now, and removes from
/// `events` those that are among them.
Task<Result<void>> EventLog::catch_up(Offset stored_offset, PreparedEvents& events) {
  if (stored_offset < last_offset_)
    co_return Error(ErrorCode::database, "The database has lost events of this session; restart the service");
  while (last_offset_ < stored_offset) {
    EventQuery query;
    query.session_key = key_;
    query.after = last_offset_;
    query.up_to = stored_offset;
    CO_TRY(EventPage page, co_await store_.read(executor_, std::move(query)));
    if (page.events.empty())
      co_return Error(ErrorCode::database, "The event log's newest rows cannot be read");
    std::unordered_set<std::uint64_t> ids;
    for (const EventPtr& event : page.events) ids.insert(event->id);
    const auto is_stored = [&ids](const PreparedEventPtr& event) { return ids.contains(event->event.id); };
    std::erase_if(events, is_stored);
    std::erase_if(waiting_, is_stored);
    publish(std::move(page.events), 0, std::nullopt);
  }
  co_return Result<void>();
}

Task<Result<void>> append_to_all(Executor executor, std::vector<LogAppend> appends,
                                 UpstreamPosition position) {
  constexpr int tries = 3;
  if (appends.empty()) co_return Result<void>();
  std::sort(appends.begin(), appends.end(),
            [](const LogAppend& a, const LogAppend& b) { return a.log->key() < b.log->key(); });
  std::vector<AsyncMutex*> own;
  own.reserve(appends.size());
  for (const LogAppend& append : appends) own.push_back(&append.log->lock_);
  AsyncScopedLock locks(std::move(own));
  co_await locks.take();
  EventStore& store = appends.front().log->store_;
  for (int i = 0; i < tries; ++i) {
    std::vector<StoredBatch> batches;
    std::vector<std::vector<EventPtr>> numbered;
    std::vector<std::size_t> waited;
    std::vector<std::uint64_t> dropped;
    bool empty = position.cursor.empty();
    for (const LogAppend& append : appends) {
      EventLog& log = *append.log;
      numbered.push_back(log.number(log.waiting_, append.events));
      waited.push_back(log.waiting_.size());
      dropped.push_back(log.dropped_);
      empty = empty && numbered.back().empty() && append.streaks.empty();
      // The events are shared, not copied.
      batches.push_back({log.key_, numbered.back(), append.streaks, log.totals_of(numbered.back())});
    }
    if (empty) co_return Result<void>();
    CO_TRY(const AppendResult result, co_await store.append(executor, std::move(batches), position));
    const auto is_left_out = [&result](std::size_t n) {
      return n < result.left_out.size() && result.left_out[n];
    };
    for (std::size_t n = 0; n < appends.size(); ++n) {
      if (is_left_out(n)) appends[n].log->set_deleted();
    }
    for (std::size_t n = 0; result.stored && n < appends.size(); ++n) {
      if (is_left_out(n)) continue;
      EventLog& log = *appends[n].log;
      const std::uint64_t lost = log.dropped_ - dropped[n];  // dropped at the front during the commit
      log.publish(std::move(numbered[n]), waited[n] - std::min<std::size_t>(waited[n], lost),
                  appends[n].received);
    }
    if (result.stored) co_return Result<void>();
    for (std::size_t n = 0; n < appends.size(); ++n) {
      if (is_left_out(n)) continue;
      auto caught_up = co_await appends[n].log->catch_up(result.last_offsets[n], appends[n].events);
      if (!caught_up) co_return caught_up;
    }
  }
  co_return Error(ErrorCode::database, "Another writer added events to this session; try again");
}

}  // namespace papi::events
