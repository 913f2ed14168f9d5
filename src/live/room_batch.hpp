#pragma once

#include "events/event_log.hpp"
#include "events/picture_keys.hpp"
#include "live/gift_names.hpp"
#include "live/gift_streaks.hpp"

namespace papi::live {

/// New events of a room, decoded once for all its sessions. A gift is not encoded yet, because its count
/// depends on the event log.
struct RoomBatch {
  events::PreparedEvents events;
  bool stream_ended = false;
  UnixMs received = 0;
  std::optional<std::int64_t> viewers;  // viewers now: the last number in the batch
  std::uint64_t duplicates = 0;         // messages that came before
  std::uint64_t undecodable = 0;        // messages that could not be read; they are in `events` as `unknown`
  UnixMs platform_time = 0;             // newest time of TikTok in a current message, or 0
  GiftStreaks::TimePoint received_steady;
};

/// The gifts of one batch, prepared for each event log. Event logs with equal gifts share the encoding.
class GiftVariants {
 public:
  GiftVariants(GiftNames& names, const events::PictureKeys& pictures) : names_(names), pictures_(pictures) {}
  events::PreparedEventPtr prepare(const events::PreparedEventPtr& source, events::Event event);
  GiftNames& names() { return names_; }
  const events::PictureKeys& pictures() const { return pictures_; }

 private:
  GiftNames& names_;
  const events::PictureKeys& pictures_;
  std::vector<std::pair<const events::PreparedEvent*, events::PreparedEventPtr>> made_;
};

/// Returns the batch's events for one event log, except those whose ids are in `had`. `had` is sorted.
/// Changes the streaks of the event log; the caller commits or rolls back.
events::PreparedEvents events_for(GiftStreaks& streaks, const RoomBatch& batch, GiftVariants& variants,
                                  const std::vector<std::uint64_t>& had = {});

/// Returns end events of streaks whose end TikTok did not send. `now` is their time.
events::PreparedEvents prepare_ends(std::vector<events::Event> ends, UnixMs now,
                                    const events::PictureKeys& pictures);

events::PreparedEventPtr prepare_event(events::Event event, const events::PictureKeys& pictures);

}  // namespace papi::live
