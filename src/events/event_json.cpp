#include "events/event_json.hpp"

#include <array>
#include <boost/json/parse.hpp>

#include "platform/base/error.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

constexpr std::array<std::string_view, event_type_count> type_names = {
    "comment", "gift",     "like",   "join", "follow",  "share", "subscribe", "viewers", "question",
    "emote",   "envelope", "battle", "room", "control", "guest", "rank",      "session", "unknown"};
static_assert(std::variant_size_v<EventBody> == event_type_count);

/// Knows where a person's picture is.
struct EventWriter : JsonWriter {
  EventWriter(std::string& json, const PictureKeys* keys) : JsonWriter(json), pictures(keys) {}
  const PictureKeys* pictures;
};

void write_user(EventWriter& out, std::string_view key, const User& user) {
  out.open(key);
  out.id_field("id", user.id);
  out.field("username", user.username);
  out.field("nickname", user.nickname);
  out.field("avatar_url", user.avatar_url);
  if (out.pictures && user.id != 0) out.field("picture", out.pictures->path_of(user.id));
  out.open_array("badges");
  for (const Badge& badge : user.badges) {
    out.open();
    out.field("kind", badge.kind);
    if (!badge.level.empty()) out.field("level", badge.level);
    out.close();
  }
  out.close_array();
  out.field("is_moderator", user.is_moderator);
  out.field("is_subscriber", user.is_subscriber);
  out.field("is_follower", user.is_follower);
  out.close();
}

void write_emotes(JsonWriter& out, const std::vector<Emote>& emotes) {
  out.open_array("emotes");
  for (const Emote& emote : emotes) {
    out.open();
    out.field("position", emote.position);
    out.field("id", emote.id);
    out.field("image_url", emote.image_url);
    out.close();
  }
  out.close_array();
}

void write_strings(JsonWriter& out, std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out.open_array(key);
  for (const std::string& value : values) out.element(value);
  out.close_array();
}

void write_poll(JsonWriter& out, const Poll& poll) {
  out.field("poll_id", poll.poll_id);
  out.field("action", poll.action);
  out.open_array("options");
  for (const PollOption& option : poll.options) {
    out.open();
    out.field("text", option.text);
    out.field("votes", option.votes);
    out.close();
  }
  out.close_array();
}

struct WriteBody {
  EventWriter& out;

  void operator()(const Comment& comment) const {
    out.field("comment", comment.text);
    out.field("language", comment.language);
    write_emotes(out, comment.emotes);
    if (comment.reply_to) write_user(out, "reply_to", *comment.reply_to);
  }
  void operator()(const Gift& gift) const {
    out.id_field("gift_id", gift.gift_id);
    out.field("name", gift.name);
    out.field("count", gift.count);
    out.field("diamonds", gift.count * gift.diamonds_each);
    out.field("diamonds_each", gift.diamonds_each);
    out.field("streak_id", gift.streak_id);
    out.field("streak_end", gift.streak_end);
    if (gift.inferred) out.field("inferred", true);
    if (gift.to_user) write_user(out, "to_user", *gift.to_user);
  }
  void operator()(const Like& like) const {
    out.field("count", like.count);
    out.field("total", like.total);
  }
  void operator()(const Join& join) const {
    out.field("viewers", join.viewers);
    out.field("source", join.source);
  }
  void operator()(const Follow& follow) const { out.field("followers", follow.followers); }
  void operator()(const Share& share) const { out.field("target", share.target); }
  void operator()(const Subscribe&) const {}
  void operator()(const Viewers& viewers) const {
    out.field("count", viewers.count);
    out.field("total", viewers.total);
    out.open_array("top");
    for (const TopViewer& top : viewers.top) {
      out.open();
      out.field("rank", top.rank);
      out.field("score", top.score);
      write_user(out, "user", top.user);
      out.close();
    }
    out.close_array();
  }
  void operator()(const Question& question) const {
    out.field("question_id", question.question_id);
    out.field("text", question.text);
  }
  void operator()(const EmoteComment& comment) const { write_emotes(out, comment.emotes); }
  void operator()(const Envelope& envelope) const {
    out.field("envelope_id", envelope.envelope_id);
    out.field("action", envelope.action);
    out.field("diamonds", envelope.diamonds);
    out.field("people", envelope.people);
    if (envelope.opens_at > 0) out.field("opens_at", rfc3339(envelope.opens_at));
  }
  void operator()(const Battle& battle) const {
    out.field("battle_id", battle.battle_id);
    out.field("action", battle.action);
    out.open_array("sides");
    for (const BattleSide& side : battle.sides) {
      out.open();
      write_user(out, "user", side.user);
      out.field("score", side.score);
      if (!side.result.empty()) out.field("result", side.result);
      out.close();
    }
    out.close_array();
  }
  void operator()(const RoomNotice& room) const {
    out.field("kind", room.kind);
    out.field("text", room.text);
    if (!room.language.empty()) out.field("language", room.language);
    write_strings(out, "message_ids", room.message_ids);
    write_strings(out, "user_ids", room.user_ids);
    if (room.progress) out.field("progress", *room.progress);
    if (room.target) out.field("target", *room.target);
    if (room.poll) write_poll(out, *room.poll);
  }
  void operator()(const Control& control) const { out.field("action", control.action); }
  void operator()(const Guest& guest) const {
    out.field("action", guest.action);
    if (guest.position >= 0) out.field("position", guest.position);
    out.field("raw_action", guest.raw_action);
  }
  void operator()(const Rank& rank) const {
    out.field("list", rank.list);
    if (rank.rank) out.field("rank", *rank.rank);
    out.field("text", rank.text);
    out.field("key", rank.key);
  }
  void operator()(const SessionChange& change) const {
    out.field("state", change.state);
    out.field("reason", change.reason);
    if (change.gap_ms) out.field("gap_ms", *change.gap_ms);
    if (change.next_try_at) out.field("next_try_at", rfc3339(*change.next_try_at));
  }
  void operator()(const Unknown& unknown) const {
    out.field("raw_type", unknown.method);
    out.base64_field("raw_payload", unknown.payload);
  }
};

/// Put together in one place and copied once: events can be large. `json_at`: where the object begins.
websocket::SharedFrame frame_of(std::string_view own, std::string_view common, std::size_t& json_at) {
  constexpr std::size_t largest_header = 10;
  const std::size_t size = own.size() + common.size() + 1;
  auto frame = std::make_shared<std::string>();
  frame->reserve(largest_header + size);
  websocket::append_frame_header(*frame, websocket::Opcode::text, size);
  json_at = frame->size();
  *frame += own, *frame += common, *frame += '}';
  return frame;
}

/// The shape that clients of the first /ws/comments know.
websocket::SharedFrame comment_frame(const Event& event, const Position& position) {
  const auto& comment = std::get<Comment>(event.body);
  const User nobody;
  const User& user = event.user ? *event.user : nobody;
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("type", "comment");
  out.open("data");
  out.id_field("id", event.id);
  out.field("comment", comment.text);
  out.field("text", comment.text);
  out.field("username", user.username);
  out.open("user");
  out.field("username", user.username);
  out.field("nickname", user.nickname);
  out.id_field("userId", user.id);
  out.close();
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

std::string encode_common(const Event& event, const PictureKeys* pictures) {
  std::string json;
  const auto* unknown = std::get_if<Unknown>(&event.body);
  json.reserve(unknown ? 256 + unknown->payload.size() * 4 / 3 : 1024);
  EventWriter out(json, pictures);
  out.id_field("id", event.id);
  out.field("type", to_string(event.type()));
  out.field("timestamp", rfc3339(event.time));
  out.field("timestamp_ms", event.time);
  out.id_field("room_id", event.room_id);
  if (event.historical) out.field("historical", true);
  if (event.user) write_user(out, "user", *event.user);
  std::visit(WriteBody{out}, event.body);
  return json;
}

EventPtr encode(PreparedEventPtr prepared, const Position& position) {
  const Event& event = prepared->event;
  std::string own;  // of this session: what stands before the common part
  JsonWriter out(own);
  out.open();
  out.field("offset", position.offset);
  out.field("epoch", position.epoch);
  out.field("session_id", position.session_id);
  own += ',';
  auto encoded = std::make_shared<EncodedEvent>();
  encoded->offset = position.offset;
  encoded->id = event.id;
  encoded->time = event.time;
  encoded->type = event.type();
  if (event.user) encoded->user_id = event.user->id, encoded->username = to_lower_ascii(event.user->username);
  encoded->amount = amount_of(event);
  encoded->frame = frame_of(own, prepared->common, encoded->json_at);
  if (encoded->type == EventType::comment) encoded->comment_frame = comment_frame(event, position);
  encoded->source = std::move(prepared);
  return encoded;
}

namespace {

std::string string_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t number_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  if (value && value->is_int64()) return value->get_int64();
  return value && value->is_bool() ? value->get_bool() : 0;
}
std::uint64_t id_of(const json::object& object, std::string_view name) {
  return parse_uint(string_of(object, name)).value_or(0);
}

std::optional<User> user_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const json::object* from = value ? value->if_object() : nullptr;
  if (!from) return std::nullopt;
  User user;
  user.id = id_of(*from, "id");
  user.username = string_of(*from, "username"), user.nickname = string_of(*from, "nickname");
  user.avatar_url = string_of(*from, "avatar_url");
  user.is_moderator = number_of(*from, "is_moderator") != 0;
  user.is_subscriber = number_of(*from, "is_subscriber") != 0;
  user.is_follower = number_of(*from, "is_follower") != 0;
  if (const json::value* badges = from->if_contains("badges"); badges && badges->is_array()) {
    for (const json::value& badge : badges->get_array()) {
      if (const json::object* b = badge.if_object())
        user.badges.push_back({string_of(*b, "kind"), string_of(*b, "level")});
    }
  }
  return user;
}

}  // namespace

std::optional<Event> read_gift(std::string_view text) {
  boost::system::error_code ec;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), ec);
  const json::object* from = value.if_object();
  if (ec || !from || string_of(*from, "type") != to_string(EventType::gift)) return std::nullopt;
  Event event;
  event.id = id_of(*from, "id");
  event.time = number_of(*from, "timestamp_ms");
  event.room_id = id_of(*from, "room_id");
  event.user = user_of(*from, "user");
  Gift gift;
  gift.gift_id = static_cast<std::int64_t>(id_of(*from, "gift_id"));
  gift.name = string_of(*from, "name");
  gift.count = number_of(*from, "count");
  gift.diamonds_each = number_of(*from, "diamonds_each");
  gift.streak_id = string_of(*from, "streak_id");
  gift.streak_end = number_of(*from, "streak_end") != 0;
  gift.to_user = user_of(*from, "to_user");
  event.body = std::move(gift);
  return event;
}

std::int64_t amount_of(const Event& event) {
  if (const auto* gift = std::get_if<Gift>(&event.body))
    return gift->streak_end ? gift->count * gift->diamonds_each : 0;
  if (const auto* like = std::get_if<Like>(&event.body)) return like->count;
  if (const auto* viewers = std::get_if<Viewers>(&event.body)) return viewers->count;
  return 1;
}

EventPtr restore(const StoredEvent& stored) {
  auto encoded = std::make_shared<EncodedEvent>();
  encoded->offset = stored.offset, encoded->id = stored.id, encoded->time = stored.time;
  encoded->type = stored.type, encoded->user_id = stored.user_id, encoded->username = stored.username;
  encoded->frame = websocket::text_frame(stored.json);
  encoded->json_at = encoded->frame->size() - stored.json.size();
  return encoded;
}

}  // namespace papi::events
