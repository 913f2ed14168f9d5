#pragma once

#include <boost/json/object.hpp>
#include <optional>

#include "platform/base/error.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

/// Returns the Webcast message that produces this event. `event` is an object of `GET
/// /sessions/{id}/export?format=ndjson` (docs/events.md). A session that follows the simulated room gets the
/// same event with the same id. Returns nullopt for events that no message of TikTok produces: `session` and
/// an inferred end of a streak. Returns nullopt also for those that cannot be turned into a message:
/// `battle`, `guest`, some of `rank` and `room` (see room_event_kind()). The Error names the missing or wrong
/// member.
Result<std::optional<RoomMessage>> message_of_event(const boost::json::object& event);

}  // namespace papi::sim
