#pragma once

// How values of events are stored in PostgreSQL.

#include <iterator>
#include <string>
#include <string_view>

#include "events/event.hpp"
#include "platform/postgres/value.hpp"

namespace papi::events {

/// PostgreSQL has no unsigned numbers: an id keeps its 64 bits.
inline std::int64_t to_stored(std::uint64_t id) { return static_cast<std::int64_t>(id); }
inline std::uint64_t from_stored(std::int64_t id) { return static_cast<std::uint64_t>(id); }

/// The types by their stored numbers, which never change: a new type gets the next number.
inline constexpr EventType stored_types[] = {
    EventType::comment,  EventType::gift,    EventType::like,      EventType::join,     EventType::follow,
    EventType::share,    EventType::viewers, EventType::subscribe, EventType::question, EventType::emote,
    EventType::envelope, EventType::battle,  EventType::room,      EventType::control,  EventType::guest,
    EventType::rank,     EventType::session, EventType::unknown};
static_assert(std::size(stored_types) == event_type_count);

constexpr std::int16_t stored_type(EventType type) {
  std::int16_t number = 0;
  while (stored_types[number] != type) ++number;
  return number;
}
constexpr EventType type_of_stored(std::int16_t number) {
  const bool known = number >= 0 && static_cast<std::size_t>(number) < std::size(stored_types);
  return known ? stored_types[number] : EventType::unknown;
}

using postgres::storable;

}  // namespace papi::events
