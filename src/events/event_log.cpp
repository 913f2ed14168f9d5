#include "events/event_log.hpp"

namespace papi::events {

EventLog::EventLog(EventStore& store, FanOut& fan_out, const StoredSession& session)
    : store_(store),
      fan_out_(fan_out),
      key_(session.key),
      session_id_(session.id),
      epoch_(session.epoch),
      owner_(session.owner),
      last_offset_(session.last_offset),
      last_numbered_(session.last_offset) {}

StoredBatch EventLog::number(const PreparedEvents& events) {
  StoredBatch batch;
  batch.session_key = key_;
  batch.events.reserve(events.size());
  for (const PreparedEventPtr& prepared : events) {
    const Position position{++last_numbered_, epoch_, session_id_};
    batch.events.push_back(encode(prepared, position));
  }
  return batch;
}

void EventLog::publish(std::vector<EventPtr> events) {
  last_offset_ = events.back()->offset;
  for (const EventPtr& event : events) ++counts_[static_cast<std::size_t>(event->type)];
  fan_out_.publish(session_id_, std::make_shared<const EventBatch>(std::move(events), owner_));
}

void EventLog::take_back(std::size_t count) { last_numbered_ -= count; }

Task<Result<void>> append_to_all(Executor executor, std::vector<std::shared_ptr<EventLog>> logs,
                                 const PreparedEvents& events, RoomPlace place) {
  if (logs.empty() || (events.empty() && place.cursor.empty())) co_return Result<void>();
  std::vector<StoredBatch> batches;
  batches.reserve(logs.size());
  for (const auto& log : logs) batches.push_back(log->number(events));
  const std::vector<StoredBatch> kept = batches;  // shared events, not copies of them
  auto committed = co_await logs.front()->store_.append(executor, std::move(batches), std::move(place));
  for (std::size_t i = 0; i < logs.size() && !events.empty(); ++i) {
    committed ? logs[i]->publish(kept[i].events) : logs[i]->take_back(events.size());
  }
  co_return committed;
}

}  // namespace papi::events
