#include "live/room_intake.hpp"

#include <algorithm>

#include "live/decoder.hpp"

namespace papi::live {

void RoomIntake::restore(const events::RecentEvents& recent, TimePoint now) {
  for (const std::uint64_t id : recent.ids) recent_.remember(id);
  for (const auto& state : recent.gifts) {
    if (auto event = events::read_gift(state.json)) streaks_.restore(std::move(*event), state.ended, now);
  }
}

void RoomIntake::remember(const std::vector<std::uint64_t>& ids) {
  const std::size_t fit = std::min(ids.size(), recent_.capacity() - recent_.size());
  for (std::size_t i = ids.size() - fit; i < ids.size(); ++i) recent_.remember(ids[i]);
}

void RoomIntake::add(events::Event event, Batch& batch) {
  auto prepared = std::make_shared<events::PreparedEvent>();
  prepared->common = events::encode_common(event, &pictures_);
  prepared->event = std::move(event);
  batch.events.push_back(std::move(prepared));
}

RoomIntake::Batch RoomIntake::take(const FetchResult& result, bool history, std::uint64_t room_id,
                                   Moment now) {
  Batch batch;
  for (const RawMessage& message : result.messages) {
    bool readable = true;
    events::Event event = decode(message, now.unix_ms, readable);
    if (!recent_.remember(event.id)) {
      ++duplicates_;
      continue;
    }
    fresh_.push_back(event.id);
    if (!readable) ++undecodable_;
    event.historical = event.historical || history;
    if (event.room_id == 0) event.room_id = room_id;
    if (auto* gift = std::get_if<events::Gift>(&event.body)) {
      gifts_.complete(*gift);
      streaks_.observe(event, now.steady);
    }
    if (const auto* control = std::get_if<events::Control>(&event.body))
      batch.stream_ended = batch.stream_ended || (control->action == "ended" && !event.historical);
    add(std::move(event), batch);
  }
  if (batch.stream_ended) {
    for (events::Event& end : streaks_.close_all()) add(std::move(end), batch);
  }
  return batch;
}

RoomIntake::Batch RoomIntake::overdue_streaks(std::chrono::milliseconds idle, Moment now) {
  Batch batch;
  for (events::Event& end : streaks_.close_idle(now.steady, idle)) {
    end.time = now.unix_ms;
    add(std::move(end), batch);
  }
  return batch;
}

void RoomIntake::commit() {
  fresh_.clear();
  streaks_.commit();
}

void RoomIntake::rollback() {
  for (const std::uint64_t id : fresh_) recent_.forget(id);
  fresh_.clear();
  streaks_.rollback();
}

}  // namespace papi::live
