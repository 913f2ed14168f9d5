#pragma once

#include "events/event.hpp"
#include "live/wire.hpp"

namespace papi::live {

/// Turns one message into an event (Webcast protocol §4, §5). A method without a type of its own becomes
/// Unknown, and so does a payload whose bytes are not what its method says: then `readable` is false.
/// `received` stands in where a message has no time.
events::Event decode(const RawMessage& message, UnixMs received, bool& readable);

/// TikTok's times are in ms, in s, or 0 (Webcast protocol §5.6).
UnixMs to_unix_ms(std::int64_t sent, UnixMs received);

}  // namespace papi::live
