#include "events/event_log.hpp"

namespace papi::events {

EventLog::EventLog(Executor executor, EventStore& store, FanOut& fan_out, const StoredSession& session)
    : executor_(executor),
      store_(store),
      fan_out_(fan_out),
      key_(session.key),
      session_id_(session.id),
      epoch_(session.epoch),
      last_offset_(session.last_offset) {}

Task<Result<void>> EventLog::append(const std::vector<PreparedEvent>& events) {
  if (events.empty()) co_return Result<void>();
  auto batch = std::make_shared<std::vector<EventPtr>>();
  std::vector<std::uint64_t> ids;
  std::vector<UnixMs> times;
  std::uint64_t offset = last_offset_;
  for (const PreparedEvent& prepared : events) {
    const Position position{++offset, epoch_, session_id_};
    batch->push_back(encode(prepared.event, prepared.common, position));
    ids.push_back(prepared.event.id);
    times.push_back(prepared.event.time);
  }
  auto committed = co_await store_.append(executor_, key_, *batch, std::move(ids), std::move(times));
  if (!committed) co_return committed.error();
  last_offset_ = offset;
  for (const EventPtr& event : *batch) ++counts_[static_cast<std::size_t>(event->type)];
  fan_out_.publish(session_id_, std::move(batch));
  co_return Result<void>();
}

}  // namespace papi::events
