#include "events/event_json.hpp"

#include <array>

#include "events/event_body_json.hpp"
#include "platform/base/enum_count.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

constexpr std::array<std::string_view, event_type_count> type_names = {
    "comment", "gift",     "like",   "join", "follow",  "share", "subscribe", "viewers", "question",
    "emote",   "envelope", "battle", "room", "control", "guest", "rank",      "session", "unknown"};
static_assert(enum_count<EventType>() == event_type_count);

/// Builds the frame in one buffer with one copy, because events can be large. `json_at`: where the object
/// begins.
websocket::SharedFrame frame_of(std::string_view own, std::string_view common, std::size_t& json_at) {
  constexpr std::size_t largest_header = 10;
  const std::size_t size = own.size() + common.size() + 1;
  auto frame = std::make_shared<std::string>();
  frame->reserve(largest_header + size);
  websocket::append_frame_header(*frame, websocket::Opcode::text, size);
  json_at = frame->size();
  *frame += own;
  *frame += common;
  *frame += '}';
  return frame;
}

/// The form that clients of the first version of /ws/comments expect. A comment of pictures only has an empty
/// text.
websocket::SharedFrame comment_frame(const Event& event, const Position& position, std::string_view text,
                                     const std::vector<Emote>& emotes) {
  const User nobody;
  const User& user = event.user ? *event.user : nobody;
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("type", "comment");
  out.open("data");
  out.id_field("id", event.id);
  out.field("comment", text);
  out.field("text", text);
  out.field("username", user.username);
  out.open("user");
  out.field("username", user.username);
  out.field("nickname", user.nickname);
  out.id_field("userId", user.id.value());
  out.close();
  if (!emotes.empty()) write_emotes(out, emotes);
  out.field("timestamp", rfc3339(event.time));
  out.field("timestamp_ms", event.time);
  out.field("session_id", position.session_id);
  out.field("source", "tiktok");
  out.close();
  out.close();
  return websocket::text_frame(json);
}

}  // namespace

std::string_view to_string(EventType type) { return type_names[static_cast<std::size_t>(type)]; }

std::optional<EventType> parse_event_type(std::string_view name) {
  for (std::size_t i = 0; i < type_names.size(); ++i) {
    if (type_names[i] == name) return static_cast<EventType>(i);
  }
  return std::nullopt;
}

EventPtr encode(PreparedEventPtr prepared, const Position& position) {
  const Event& event = prepared->event;
  std::string own;  // the part of this session, before the common part
  JsonWriter out(own);
  out.open();
  out.field("offset", position.offset.value());
  out.field("epoch", position.epoch);
  out.field("session_id", position.session_id);
  own += ',';
  auto encoded = std::make_shared<EventFrame>();
  encoded->offset = position.offset;
  encoded->id = event.id;
  encoded->time = event.time;
  encoded->type = event.type();
  if (event.user) {
    encoded->user_id = event.user->id;
    encoded->username = to_lower_ascii(event.user->username);
  }
  encoded->amount = amount_of(event);
  encoded->frame = frame_of(own, prepared->common, encoded->json_at);
  if (const auto* comment = std::get_if<Comment>(&event.body))
    encoded->comment_frame = comment_frame(event, position, comment->text, comment->emotes);
  if (const auto* pictures = std::get_if<EmoteComment>(&event.body))
    encoded->comment_frame = comment_frame(event, position, {}, pictures->emotes);
  encoded->source = std::move(prepared);
  return encoded;
}

std::int64_t amount_of(const Event& event) {
  if (const auto* gift = std::get_if<Gift>(&event.body))
    return gift->streak_end ? gift->count * gift->diamonds_each : 0;
  if (const auto* like = std::get_if<Like>(&event.body)) return like->count;
  if (const auto* viewers = std::get_if<Viewers>(&event.body)) return viewers->count;
  return 1;
}

EventPtr restore(const StoredEvent& stored) {
  auto encoded = std::make_shared<EventFrame>();
  encoded->offset = stored.offset;
  encoded->id = stored.id;
  encoded->time = stored.time;
  encoded->type = stored.type;
  encoded->user_id = stored.user_id;
  encoded->username = stored.username;
  encoded->frame = websocket::text_frame(stored.json);
  encoded->json_at = encoded->frame->size() - stored.json.size();
  return encoded;
}

// The first "epoch" in the text is the event's own, because its own members come first:
// {"offset":1,"epoch":"…",…
std::string with_epoch(std::string_view json, std::string_view epoch) {
  constexpr std::string_view name = "\"epoch\":\"";
  const std::size_t at = json.find(name);
  if (at == std::string_view::npos || json.substr(at + name.size()).starts_with(epoch)) return {};
  const std::size_t from = at + name.size();
  const std::size_t to = json.find('"', from);
  std::string renewed(json.substr(0, from));
  renewed += epoch;
  renewed += json.substr(std::min(to, json.size()));
  return renewed;
}

}  // namespace papi::events
