#pragma once

#include "events/event.hpp"
#include "live/wire.hpp"

namespace papi::live {

/// Turns one message into an event (dossier §4, §5). A method without a type of its own becomes Unknown, so
/// the only failure is a payload whose bytes are not protobuf. `received` stands in where a message has no
/// time.
Result<events::Event> decode(const RawMessage& message, UnixMs received);

/// TikTok's times are in ms, in s, or 0 (dossier §5.6).
UnixMs to_unix_ms(std::int64_t sent, UnixMs received);

}  // namespace papi::live
