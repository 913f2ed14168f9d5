#pragma once

#include <optional>
#include <string>

#include "events/event.hpp"
#include "events/ids.hpp"
#include "platform/postgres/rows.hpp"

namespace papi::events {

/// What a session remembers of one event, also after retention has deleted it: see EventStore::past().
struct RememberedEvent {
  Offset offset;
  EventType type = EventType::unknown;
  std::optional<std::uint64_t> id;  // nullopt: this service made the event, so TikTok never repeats it
  std::string streak_id;            // of the gift streak that it ended; empty: none
  std::int64_t count = 0;           // of the gift
  UnixMs time = 0;
  std::string envelope_id, action;  // of an envelope
};

/// Reads the columns "offset", id, type, timestamp_ms and the body, which is NULL unless the event is a gift
/// or an envelope. The body is read here, because the JSON functions of PostgreSQL refuse a body with \u0000.
RememberedEvent read_remembered(const postgres::Row& row);

}  // namespace papi::events
