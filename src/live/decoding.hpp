#pragma once

// What the decoders of single kinds share. Internal to decoder.cpp and room_events.cpp.

#include <algorithm>
#include <limits>

#include "live/decoder.hpp"
#include "live/wire_user.hpp"

namespace papi::live {

using events::Event;
using events::EventBody;
using events::User;

/// What each reader fills: the shared part, the person and the type's own part.
struct Decoded {
  Common common;
  std::optional<User> user;
  EventBody body;
  std::int64_t own_time = 0;  // of a kind whose common part has none
};

/// Runs `on_field` for each field but the first, which is the common part in every message.
template <class OnField>
void each_field(std::string_view payload, Decoded& out, OnField on_field) {
  pbf_reader reader = reader_of(payload);
  while (reader.next()) {
    if (reader.tag_and_type() == bytes_of(1)) {
      out.common = read_common(view(reader));
    } else if (!on_field(reader)) {
      reader.skip();
    }
  }
}

/// Counts and prices that are multiplied: int32 on the wire (dossier §5.4), but a hostile varint has 64 bits.
inline std::int64_t as_count(std::int64_t sent) {
  return std::clamp<std::int64_t>(sent, 0, std::numeric_limits<std::int32_t>::max());
}

inline User& person(Decoded& out) { return out.user ? *out.user : out.user.emplace(); }

inline void take_user(pbf_reader& reader, Decoded& out) {
  const std::optional<User> before = std::move(out.user);
  out.user = read_user(view(reader));
  if (!before) return;  // the identity came first
  out.user->is_follower |= before->is_follower;
  out.user->is_moderator |= before->is_moderator;
  out.user->is_subscriber |= before->is_subscriber;
}

/// Calls `on_field` for each field of a message that is not a payload of its own.
template <class OnField>
void each(std::string_view bytes, OnField on_field) {
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (!on_field(reader)) reader.skip();
  }
}

/// A PollMessage (dossier §4.6).
void read_poll(std::string_view payload, Decoded& out);

/// An EmoteWithIndex.
events::Emote read_emote(std::string_view bytes);

/// The kinds about the room itself; `type` is the method without its prefix. False: not one of them.
bool read_room_event(std::string_view type, std::string_view payload, Decoded& out);

}  // namespace papi::live
