#pragma once

#include <boost/json/object.hpp>
#include <optional>

#include "platform/base/error.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

/// The Webcast message that leads to the event `event`, an object of `GET
/// /sessions/{id}/export?format=ndjson` (docs/events.md): whoever follows the room gets the same event, under
/// the same id. Nothing for events that no message of TikTok leads to (`session`, an inferred end of a
/// streak) and for those that cannot be turned back: `battle`, `guest`, some of `rank` and `room` (see
/// room_event_kind()). An Error says which member is missing or wrong.
Result<std::optional<RoomMessage>> message_of_event(const boost::json::object& event);

}  // namespace papi::sim
