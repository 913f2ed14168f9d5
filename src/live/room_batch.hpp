#pragma once

#include "events/event_log.hpp"
#include "events/picture_keys.hpp"
#include "live/gift_names.hpp"
#include "live/gift_streaks.hpp"

namespace papi::live {

/// New events of a room, as decoded once for all its sessions. A gift is not encoded yet: how it counts
/// depends on the log.
struct RoomBatch {
  events::PreparedEvents events;
  bool stream_ended = false;
  UnixMs received = 0;
  std::optional<std::int64_t> viewers;  // watching now, as the batch told last
  UnixMs platform_time = 0;             // the newest time that the platform gave to what it says now; 0: none
  GiftStreaks::TimePoint received_steady;
};

/// The gifts of one batch as the logs see them. Logs that see a gift alike share its encoding.
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

/// The batch's events for one log, without those whose ids are in `had`, which is sorted. Changes the log's
/// streaks; the caller commits them or rolls them back.
events::PreparedEvents events_for(GiftStreaks& streaks, const RoomBatch& batch, GiftVariants& variants,
                                  const std::vector<std::uint64_t>& had = {});

/// Ends of streaks that the platform did not send, made at `now`.
events::PreparedEvents prepare_ends(std::vector<events::Event> ends, UnixMs now,
                                    const events::PictureKeys& pictures);

events::PreparedEventPtr prepare_event(events::Event event, const events::PictureKeys& pictures);

}  // namespace papi::live
