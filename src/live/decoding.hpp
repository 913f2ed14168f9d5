#pragma once

// The parts that the decoders of the single kinds share. Internal to decoder.cpp and to the files that each
// decode one family of kinds.

#include <algorithm>
#include <limits>

#include "live/decoder.hpp"
#include "live/display_text.hpp"
#include "live/wire_user.hpp"

namespace papi::live {

using events::Event;
using events::EventBody;
using events::User;

/// The result that each decoder fills: the common part, the person and the body of the event type.
struct Decoded {
  Common common;
  std::optional<User> user;
  EventBody body;
  std::int64_t own_time = 0;  // the time, for a kind whose common part has none
};

/// Calls `on_field` for each field except the common part, which has the same number in every message.
template <class OnField>
void each_field(std::string_view payload, Decoded& out, OnField on_field) {
  pbf_reader reader = reader_of(payload);
  while (reader.next()) {
    if (reader.tag_and_type() == bytes_of(common_field)) {
      out.common = read_common(view(reader));
    } else if (!on_field(reader)) {
      reader.skip();
    }
  }
}

/// Limits a count or price before it is multiplied. The wire type is int32 (docs/webcast-protocol.md §5.4),
/// but a hostile varint has 64 bits.
inline std::int64_t as_count(std::int64_t sent) {
  return std::clamp<std::int64_t>(sent, 0, std::numeric_limits<std::int32_t>::max());
}

inline User& person(Decoded& out) { return out.user ? *out.user : out.user.emplace(); }

inline void take_user(pbf_reader& reader, Decoded& out) {
  const std::optional<User> before = std::move(out.user);
  out.user = read_user(view(reader));
  if (before) add_roles(*before, *out.user);  // the identity field came before the user
}

/// Reads the person from a User's bytes, if the message has not named a person yet.
inline void take_user_if_missing(std::string_view bytes, Decoded& out) {
  if (!out.user && !bytes.empty()) out.user = read_user(bytes);
}

inline User user_with_id(std::int64_t id) {
  User user;
  user.id = events::UserId(static_cast<std::uint64_t>(id));
  return user;
}

/// Takes the person with that id, if the message has not named a person yet. 0 is no id.
inline void take_id_if_missing(std::int64_t id, Decoded& out) {
  if (id != 0 && !out.user) out.user = user_with_id(id);
}

/// Calls `on_field` for each field of a nested message. Unlike each_field(), field 1 is not the common part.
template <class OnField>
void each(std::string_view bytes, OnField on_field) {
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    if (!on_field(reader)) reader.skip();
  }
}

inline std::string id_text(std::int64_t id) { return std::to_string(id); }

/// Reads an EmoteModel.
events::Emote read_emote_model(std::string_view bytes);

// The decoders of the kinds, by family. Each takes the whole payload.

void read_chat(std::string_view payload, Decoded& out);
void read_emote_chat(std::string_view payload, Decoded& out);
void read_question(std::string_view payload, Decoded& out);

void read_gift(std::string_view payload, Decoded& out);
void read_envelope(std::string_view payload, Decoded& out);

void read_subscription(std::string_view payload, Decoded& out);
void read_barrage(std::string_view payload, Decoded& out);

void read_battle(std::string_view payload, Decoded& out);
void read_armies(std::string_view payload, Decoded& out);
void read_punish_finish(std::string_view payload, Decoded& out);
void read_battle_card(std::string_view payload, Decoded& out);
void read_battle_task(std::string_view payload, Decoded& out);

void read_link(std::string_view payload, Decoded& out);
void read_link_layer(std::string_view payload, Decoded& out);
void read_link_mic(std::string_view payload, Decoded& out);
void read_fan_tickets(std::string_view payload, Decoded& out);

void read_rank_update(std::string_view payload, Decoded& out);
void read_rank_text(std::string_view payload, Decoded& out);
void read_hourly_rank(std::string_view payload, Decoded& out);
void read_rank_reward(std::string_view payload, Decoded& out);

void read_poll(std::string_view payload, Decoded& out);

/// Decodes the kinds of the room itself. `type` is the method without its prefix. Returns false if `type` is
/// not one of them.
bool read_room_event(std::string_view type, std::string_view payload, Decoded& out);
/// Decodes those of them that are sentences of TikTok. read_room_event() calls it.
bool read_room_notice(std::string_view type, std::string_view payload, Decoded& out);

}  // namespace papi::live
