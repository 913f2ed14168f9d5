#include "sim/event_replay.hpp"

#include <boost/json/value.hpp>

#include "platform/base/clock.hpp"
#include "platform/base/text.hpp"
#include "sim/event_parts.hpp"

namespace papi::sim {
namespace {

/// Writes the roles of the person. The message states all of them, so it is written only if all are known.
void add_identity(pbf_writer& out, std::uint32_t field, const json::object& event) {
  const json::object* person = object_of(event, "user");
  constexpr const char* roles[] = {"is_subscriber", "is_friend", "is_follower", "is_moderator", "is_host"};
  if (!person) return;
  for (const char* role : roles) {
    if (!person->contains(role)) return;
  }
  pbf_writer identity(out, field);
  for (std::uint32_t i = 0; i < std::size(roles); ++i) identity.add_bool(i + 2, is_true(*person, roles[i]));
}

/// Returns the common part. It contains the room id only if that is another room's. Otherwise the message
/// belongs to the room that replays it.
std::string common(const json::object& event, const std::string& method, const std::string& sentence = {}) {
  std::string bytes;
  pbf_writer out(bytes);
  out.add_string(1, method);
  out.add_int64(2, id_of(event, "id"));
  if (is_true(event, "other_room")) add_number(out, 3, id_of(event, "room_id"));
  add_number(out, 4, number_of(event, "timestamp_ms"));
  if (!sentence.empty()) out.add_message(8, sentence);
  return bytes;
}

// ---- the kinds of events that can be replayed

void add_emotes(pbf_writer& out, std::uint32_t field, EventObject event, bool with_position) {
  for (const json::object* emote : objects_of(event, "emotes")) {
    std::string model;
    pbf_writer described(model);
    add_text(described, 1, text_of(*emote, "id"));
    add_image(described, 2, text_of(*emote, "image_url"));
    if (!with_position) {
      out.add_message(field, model);
      continue;
    }
    pbf_writer placed(out, field);
    add_number(placed, 1, number_of(*emote, "position"));
    placed.add_message(2, model);
  }
}

void comment(EventObject event, pbf_writer& out) {
  add_user(out, 2, event, "user");
  add_text(out, 3, text_of(event, "comment"));
  add_user(out, 12, event, "reply_to");
  add_emotes(out, 13, event, true);
  add_text(out, 14, text_of(event, "language"));
  add_identity(out, 18, event);
  for (const json::object* person : objects_of(event, "mentions")) out.add_message(28, user_message(*person));
}

void emote(EventObject event, pbf_writer& out) {
  add_user(out, 2, event, "user");
  add_emotes(out, 3, event, false);
  add_identity(out, 5, event);
}

/// Returns the group of `USER-GIFT-GROUP[-RECEIVER][#MESSAGE]`. Returns nullopt for a gift without a streak,
/// whose third part is its own id.
std::optional<std::int64_t> group_of(EventObject event) {
  const std::string streak = text_of(event, "streak_id");
  const auto parts = split(std::string_view(streak).substr(0, streak.find('#')), '-');
  if (parts.size() < 3 || parts[2] == text_of(event, "id")) return std::nullopt;
  return static_cast<std::int64_t>(parse_uint(parts[2]).value_or(0));
}

void gift(EventObject event, pbf_writer& out) {
  const auto group = group_of(event);
  const std::int64_t gift_id = id_of(event, "gift_id");
  add_number(out, 2, gift_id);
  out.add_int64(4, 1);
  out.add_int64(5, number_of(event, "count"));
  add_user(out, 7, event, "user");
  add_user(out, 8, event, "to_user");
  out.add_bool(9, group && is_true(event, "streak_end"));
  if (group) add_number(out, 11, *group);
  {
    pbf_writer model(out, 15);
    add_image(model, 1, text_of(event, "image_url"));
    add_number(model, 5, gift_id);
    model.add_bool(10, group.has_value());
    model.add_int64(11, group ? 1 : 2);
    add_number(model, 12, number_of(event, "diamonds_each"));
    add_text(model, 16, text_of(event, "name"));
  }
  add_identity(out, 32, event);
}

void like(EventObject event, pbf_writer& out) {
  add_number(out, 2, number_of(event, "count"));
  add_number(out, 3, number_of(event, "total"));
  add_user(out, 5, event, "user");
}

void member_message(EventObject event, pbf_writer& out) {
  add_user(out, 2, event, "user");
  if (event.contains("viewers")) out.add_int64(3, number_of(event, "viewers"));
  out.add_int64(10, 1);
  add_text(out, 19, text_of(event, "source"));
}

void anonymous_member(EventObject event, pbf_writer& out) {
  out.add_message(5, sentence(text_of(event, "key"), text_of(event, "text")));
}

void follow(EventObject event, pbf_writer& out) {
  add_user(out, 2, event, "user");
  out.add_int64(4, 1);
  add_number(out, 6, number_of(event, "followers"));
}

void share(EventObject event, pbf_writer& out) {
  add_user(out, 2, event, "user");
  out.add_int64(4, 3);
  add_text(out, 5, text_of(event, "target"));
}

void subscription(EventObject event, pbf_writer& out) {
  constexpr std::int64_t as_a_gift = 6;
  add_user(out, 2, event, "user");
  add_number(out, 4, number_of(event, "months"));
  add_number(out, 7, is_true(event, "gifted") ? as_a_gift : 0);
  add_text(out, 14, text_of(event, "tier"));
}

/// The kind and the numbers of an announcement follow from its key, type and sub-type.
void barrage(EventObject event, pbf_writer& out) {
  add_number(out, 3, number_of(event, "msg_type"));
  out.add_message(5, sentence(text_of(event, "key"), text_of(event, "text")));
  add_text(out, 23, text_of(event, "sub_type"));
  add_user(out, 50, event, "user");
  if (is_true(event, "gifted")) {
    pbf_writer gifted(out, 102);
    gifted.add_int64(1, number_of(event, "count"));
  }
}

void viewers(EventObject event, pbf_writer& out) {
  for (const json::object* top : objects_of(event, "top")) {
    pbf_writer rank(out, 2);
    add_number(rank, 1, number_of(*top, "score"));
    add_user(rank, 2, *top, "user");
    add_number(rank, 3, number_of(*top, "rank"));
  }
  add_number(out, 3, number_of(event, "count"));
  add_number(out, 7, number_of(event, "total"));
}

void question(EventObject event, pbf_writer& out) {
  pbf_writer data(out, 2);
  add_number(data, 1, id_of(event, "question_id"));
  add_text(data, 2, text_of(event, "text"));
  add_number(data, 4, number_of(event, "timestamp_ms"));
  add_user(data, 5, event, "user");
}

void envelope(EventObject event, pbf_writer& out) {
  {
    pbf_writer info(out, 2);
    add_text(info, 1, text_of(event, "envelope_id"));
    add_number(info, 2, number_of(event, "kind_number"));
    if (const json::object* person = object_of(event, "user")) {
      add_text(info, 4, text_of(*person, "nickname"));
      add_text(info, 8, text_of(*person, "id"));
      add_image(info, 9, text_of(*person, "avatar_url"));
    }
    add_number(info, 5, number_of(event, "diamonds"));
    add_number(info, 6, number_of(event, "people"));
    add_number(info, 7, parse_rfc3339(text_of(event, "opens_at")).value_or(0));
    add_number(info, 16, number_of(event, "super_fan_count"));
  }
  out.add_int64(3, text_of(event, "action") == "gone" ? 2 : 1);
}

void control(EventObject event, pbf_writer& out) {
  const std::string action = text_of(event, "action");
  const bool by_platform = text_of(event, "by") == "platform";
  out.add_int64(2, action == "paused" ? 1 : action == "resumed" ? 2 : by_platform ? 4 : 3);
  add_text(out, 3, text_of(event, "text"));
  if (const std::string reason = text_of(event, "reason"); !reason.empty()) {
    pbf_writer extra(out, 4);
    extra.add_string(8, reason);
  }
}

constexpr EventKind replayed_kinds[] = {
    {"comment", "WebcastChatMessage", comment},
    {"gift", "WebcastGiftMessage", gift},
    {"like", "WebcastLikeMessage", like},
    {"join", "WebcastMemberMessage", member_message},
    {"follow", "WebcastSocialMessage", follow},
    {"share", "WebcastSocialMessage", share},
    {"subscribe", "WebcastSubNotifyMessage", subscription},
    {"viewers", "WebcastRoomUserSeqMessage", viewers},
    {"question", "WebcastQuestionNewMessage", question},
    {"emote", "WebcastEmoteChatMessage", emote},
    {"envelope", "WebcastEnvelopeMessage", envelope},
    {"control", "WebcastControlMessage", control},
};
constexpr EventKind barrage_kind = {"", "WebcastBarrageMessage", barrage};
constexpr EventKind anonymous_kind = {"", "WebcastUnauthorizedMemberMessage", anonymous_member};

/// Returns the kind, or nullptr if the event cannot be turned into a message.
const EventKind* kind_of(EventObject event) {
  const std::string type = text_of(event, "type");
  const bool announced = type == "join" || type == "subscribe" || text_of(event, "kind") == "barrage";
  if (announced && (event.contains("msg_type") || event.contains("sub_type"))) return &barrage_kind;
  if (type == "join" && text_of(event, "source") == "anonymous") return &anonymous_kind;
  for (const EventKind& kind : replayed_kinds) {
    if (type == kind.name) return &kind;
  }
  return room_event_kind(event);
}

/// Returns the Text of the common part.
std::string sentence_of(EventObject event, const EventKind& kind) {
  if (kind.write == follow) return sentence("pm_main_follow_message_viewer_2", "");
  if (kind.write == share) return sentence("pm_mt_guidance_share", "");
  const std::string key = text_of(event, "key"), text = text_of(event, "text");
  if (kind.write == subscription) return sentence(key, text, object_of(event, "from"));
  return kind.says_text ? sentence(key, text, object_of(event, "user")) : std::string();
}

}  // namespace

Result<std::optional<RoomMessage>> message_of_event(const json::object& event) {
  const std::string type = text_of(event, "type");
  if (type.empty() || id_of(event, "id") == 0)
    return Error(ErrorCode::validation, "an event has type and id");
  RoomMessage message;
  message.msg_id = id_of(event, "id");
  message.is_history = is_true(event, "historical");
  if (type == "unknown") {
    auto payload = base64_decode(text_of(event, "raw_payload"));
    if (!payload) return Error(ErrorCode::validation, "raw_payload is not base64");
    message.method = text_of(event, "raw_type");
    message.payload = std::move(*payload);
    return std::optional(std::move(message));
  }
  const EventKind* const kind = kind_of(event);
  if (!kind || is_true(event, "inferred")) return std::optional<RoomMessage>();
  message.method = kind->method;
  pbf_writer out(message.payload);
  out.add_message(1, common(event, kind->method, sentence_of(event, *kind)));
  kind->write(event, out);
  message.ends_streak = type == "gift" && is_true(event, "streak_end");
  return std::optional(std::move(message));
}

}  // namespace papi::sim
