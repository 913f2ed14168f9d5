#pragma once

#include "events/event.hpp"
#include "live/wire.hpp"

namespace papi::live {

/// Decodes one message into an event (docs/webcast-protocol.md §4, §5). If the method has no event type of
/// its own, the event is Unknown. If the payload's bytes do not fit the method, the event is Unknown too and
/// `readable` becomes false. If the message has no time, the event gets the time `received`.
events::Event decode(const RawMessage& message, UnixMs received, bool& readable);

/// Converts a time of TikTok to milliseconds. TikTok sends ms, s or 0 (docs/webcast-protocol.md §5.6). If
/// `sent` is 0, returns `received`.
UnixMs to_unix_ms(std::int64_t sent, UnixMs received);

}  // namespace papi::live
