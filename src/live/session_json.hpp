#pragma once

#include "live/live_service.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::live {

/// Writes what GET /sessions says about a session into an open JSON object.
void write_session(JsonWriter& out, const SessionView& session);
/// Writes the members that say what state a session is in into an open JSON object: those of the messages of
/// GET /sessions/stream.
void write_summary(JsonWriter& out, const SessionView& session);

}  // namespace papi::live
