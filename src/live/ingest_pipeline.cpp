#include "live/ingest_pipeline.hpp"

#include <algorithm>

#include "live/decoder.hpp"

namespace papi::live {

void IngestPipeline::remember_merged(const std::vector<events::SessionPast>& pasts) {
  // First the newest id of each event log, then the next newest of each. The order is known within one event
  // log, but not between two.
  for (const auto& past : pasts) {
    for (const auto& [id, action] : past.envelopes) {
      events::Envelope envelope;
      envelope.envelope_id = id;
      envelope.action = action;
      memory_.restore_envelope(envelope);
    }
  }
  std::size_t longest = 0;
  for (const auto& past : pasts) longest = std::max(longest, past.ids.size());
  for (std::size_t age = 0; age < longest && recent_.size() < recent_.capacity(); ++age) {
    for (const auto& past : pasts) {
      if (age < past.ids.size()) recent_.remember_older(past.ids[past.ids.size() - 1 - age]);
    }
  }
}

RoomBatch IngestPipeline::take(const FetchResult& result, bool history, events::RoomId room_id, Moment now) {
  RoomBatch batch;
  batch.received = now.unix_ms;
  batch.received_steady = now.steady;
  memory_.begin_stream(room_id);
  for (const RawMessage& message : result.messages) {
    bool readable = true;
    events::Event event = decode(message, now.unix_ms, readable);
    if (!recent_.remember(event.id)) {
      ++batch.duplicates;
      continue;
    }
    uncommitted_.push_back(event.id);
    if (memory_.is_repeat(event)) {
      ++batch.duplicates;
      continue;
    }
    if (!readable) ++batch.undecodable;
    event.historical = event.historical || history;
    if (event.room_id == events::RoomId()) event.room_id = room_id;
    event.other_room = room_id != events::RoomId() && event.room_id != room_id;
    memory_.complete(event);
    const bool said_now = !event.historical && event.time != now.unix_ms;  // else it may be our own time
    if (said_now) batch.platform_time = std::max(batch.platform_time, event.time);
    const auto* viewers = std::get_if<events::Viewers>(&event.body);
    if (viewers && !event.historical && !event.other_room) batch.viewers = viewers->count;
    if (const auto* control = std::get_if<events::Control>(&event.body))
      batch.stream_ended =
          batch.stream_ended || (control->action == "ended" && !event.historical && !event.other_room);
    if (std::holds_alternative<events::Gift>(event.body)) {
      auto prepared = std::make_shared<events::PreparedEvent>();
      prepared->event = std::move(event);
      batch.events.push_back(std::move(prepared));
    } else {
      batch.events.push_back(prepare_event(std::move(event), pictures_));
    }
  }
  duplicates_ += batch.duplicates;
  undecodable_ += batch.undecodable;
  return batch;
}

void IngestPipeline::restore_stream(events::RoomId room_id, std::int64_t likes) {
  memory_.begin_stream(room_id);
  memory_.restore_likes(likes);
  memory_.commit();
}

void IngestPipeline::commit() {
  uncommitted_.clear();
  memory_.commit();
}

void IngestPipeline::rollback() {
  for (auto id = uncommitted_.rbegin(); id != uncommitted_.rend(); ++id) recent_.erase(*id);  // newest first
  uncommitted_.clear();
  memory_.rollback();
}

}  // namespace papi::live
