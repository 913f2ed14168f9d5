#pragma once

#include <vector>

#include "events/event.hpp"
#include "platform/base/json_writer.hpp"

namespace papi::events {

/// Writes the member `emotes`, which both forms of a comment have.
void write_emotes(JsonWriter& out, const std::vector<Emote>& emotes);

}  // namespace papi::events
