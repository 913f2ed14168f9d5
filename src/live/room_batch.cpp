#include "live/room_batch.hpp"

#include <algorithm>

namespace papi::live {
namespace {

bool counts_alike(const events::Gift& a, const events::Gift& b) {
  return a.count == b.count && a.streak_end == b.streak_end && a.streak_id == b.streak_id &&
         a.name == b.name && a.diamonds_each == b.diamonds_each && a.image_url == b.image_url;
}

}  // namespace

events::PreparedEventPtr prepare_event(events::Event event, const events::PictureKeys& pictures) {
  auto prepared = std::make_shared<events::PreparedEvent>();
  prepared->common = events::encode_common(event, &pictures);
  prepared->event = std::move(event);
  return prepared;
}

events::PreparedEventPtr GiftVariants::prepare(const events::PreparedEventPtr& source, events::Event event) {
  const auto& gift = std::get<events::Gift>(event.body);
  for (const auto& [from, made] : made_) {
    if (from == source.get() && counts_alike(std::get<events::Gift>(made->event.body), gift)) return made;
  }
  return made_.emplace_back(source.get(), prepare_event(std::move(event), pictures_)).second;
}

events::PreparedEvents events_for(GiftStreaks& streaks, const RoomBatch& batch, GiftVariants& variants,
                                  const std::vector<std::uint64_t>& had) {
  events::PreparedEvents out;
  out.reserve(batch.events.size());
  const auto add_ends = [&](std::vector<events::Event> ends) {
    for (auto& end : prepare_ends(std::move(ends), batch.received, variants.pictures()))
      out.push_back(std::move(end));
  };
  for (const events::PreparedEventPtr& prepared : batch.events) {
    if (std::binary_search(had.begin(), had.end(), prepared->event.id)) continue;
    if (!std::holds_alternative<events::Gift>(prepared->event.body)) {
      out.push_back(prepared);
      continue;
    }
    events::Event event = prepared->event;
    std::vector<events::Event> lost_ends;
    streaks.inherit(event);
    variants.names().complete(std::get<events::Gift>(event.body));
    streaks.observe(event, batch.received_steady, lost_ends);
    add_ends(std::move(lost_ends));
    out.push_back(variants.prepare(prepared, std::move(event)));
  }
  if (batch.stream_ended) add_ends(streaks.close_all());
  return out;
}

events::PreparedEvents prepare_ends(std::vector<events::Event> ends, UnixMs now,
                                    const events::PictureKeys& pictures) {
  events::PreparedEvents out;
  for (events::Event& end : ends) {
    end.time = now;
    out.push_back(prepare_event(std::move(end), pictures));
  }
  return out;
}

}  // namespace papi::live
