// The JSON of an event's members: those that all types have, and the body of each type. docs/events.md shows
// it.

#include "events/event_body_json.hpp"

#include "events/event_json.hpp"

namespace papi::events {
namespace {

/// A JSON writer that knows the addresses of people's pictures.
struct EventWriter : JsonWriter {
  EventWriter(std::string& json, const PictureKeys* keys) : JsonWriter(json), pictures(keys) {}
  const PictureKeys* pictures;
};

void write_role(EventWriter& out, std::string_view key, const std::optional<bool>& role) {
  if (role) out.field(key, *role);
}

void write_user_members(EventWriter& out, const User& user) {
  out.id_field("id", user.id.value());
  out.field("username", user.username);
  out.field("nickname", user.nickname);
  out.field("avatar_url", user.avatar_url);
  if (out.pictures && user.id != UserId()) out.field("picture", out.pictures->path_of(user.id));
  out.open_array("badges");
  for (const Badge& badge : user.badges) {
    out.open();
    out.field("kind", badge.kind);
    if (!badge.level.empty()) out.field("level", badge.level);
    out.close();
  }
  out.close_array();
  write_role(out, "is_host", user.is_host);
  write_role(out, "is_moderator", user.is_moderator);
  write_role(out, "is_subscriber", user.is_subscriber);
  write_role(out, "is_follower", user.is_follower);
  write_role(out, "is_friend", user.is_friend);
}

void write_user(EventWriter& out, std::string_view key, const User& user) {
  out.open(key);
  write_user_members(out, user);
  out.close();
}

void write_users(EventWriter& out, std::string_view key, const std::vector<User>& users) {
  if (users.empty()) return;
  out.open_array(key);
  for (const User& user : users) {
    out.open();
    write_user_members(out, user);
    out.close();
  }
  out.close_array();
}

/// Writes a member, unless the text is empty.
void write_text(EventWriter& out, std::string_view key, std::string_view text) {
  if (!text.empty()) out.field(key, text);
}
void write_number(EventWriter& out, std::string_view key, const std::optional<std::int64_t>& number) {
  if (number) out.field(key, *number);
}

void write_announcement(EventWriter& out, const std::optional<Announcement>& said) {
  if (!said) return;
  out.field("text", said->text);
  write_text(out, "key", said->key);
  write_text(out, "sub_type", said->sub_type);
  if (said->msg_type != 0) out.field("msg_type", said->msg_type);
}

void write_scored(EventWriter& out, std::string_view key, const std::vector<Scored>& people) {
  if (people.empty()) return;
  out.open_array(key);
  for (const Scored& person : people) {
    out.open();
    write_user(out, "user", person.user);
    write_number(out, "score", person.score);
    out.close();
  }
  out.close_array();
}

void write_rank(EventWriter& out, const Rank& rank) {
  out.field("list", rank.list);
  write_number(out, "rank", rank.rank);
  out.field("text", rank.text);
  write_text(out, "key", rank.key);
  write_number(out, "score", rank.score);
}

void write_strings(EventWriter& out, std::string_view key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  out.open_array(key);
  for (const std::string& value : values) out.element(value);
  out.close_array();
}

void write_poll(EventWriter& out, const Poll& poll) {
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
    write_users(out, "mentions", comment.mentions);
  }
  void operator()(const Gift& gift) const {
    out.id_field("gift_id", gift.gift_id);
    out.field("name", gift.name);
    out.field("count", gift.count);
    out.field("diamonds", gift.count * gift.diamonds_each);
    out.field("diamonds_each", gift.diamonds_each);
    write_text(out, "image_url", gift.image_url);
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
    write_number(out, "viewers", join.viewers);
    out.field("source", join.source);
    write_announcement(out, join.announcement);
  }
  void operator()(const Follow& follow) const { out.field("followers", follow.followers); }
  void operator()(const Share& share) const { out.field("target", share.target); }
  void operator()(const Subscribe& subscribe) const {
    out.field("kind", subscribe.kind);
    if (subscribe.months > 0) out.field("months", subscribe.months);
    out.field("gifted", subscribe.gifted);
    out.field("count", subscribe.count);
    write_text(out, "tier", subscribe.tier);
    if (subscribe.from) write_user(out, "from", *subscribe.from);
    write_announcement(out, subscribe.announcement);
  }
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
    write_text(out, "kind", envelope.kind);
    if (envelope.kind_number != 0) out.field("kind_number", envelope.kind_number);
    out.field("action", envelope.action);
    out.field("diamonds", envelope.diamonds);
    out.field("people", envelope.people);
    if (envelope.opens_at > 0) out.field("opens_at", rfc3339(envelope.opens_at));
    if (envelope.super_fan_count > 0) out.field("super_fan_count", envelope.super_fan_count);
  }
  void operator()(const Battle& battle) const {
    out.field("battle_id", battle.battle_id);
    out.field("action", battle.action);
    out.open_array("sides");
    for (const BattleSide& side : battle.sides) {
      out.open();
      if (side.user) write_user(out, "user", *side.user);
      write_number(out, "score", side.score);
      write_text(out, "result", side.result);
      write_scored(out, "members", side.members);
      write_scored(out, "contributors", side.contributors);
      out.close();
    }
    out.close_array();
  }
  void operator()(const RoomNotice& room) const {
    out.field("kind", room.kind);
    out.field("text", room.text);
    write_text(out, "key", room.key);
    write_text(out, "action", room.action);
    write_text(out, "reason", room.reason);
    write_text(out, "sub_type", room.sub_type);
    if (room.msg_type != 0) out.field("msg_type", room.msg_type);
    write_text(out, "battle_id", room.battle_id);
    write_text(out, "language", room.language);
    write_strings(out, "message_ids", room.message_ids);
    write_strings(out, "user_ids", room.user_ids);
    write_number(out, "progress", room.progress);
    write_number(out, "target", room.target);
    if (room.poll) write_poll(out, *room.poll);
  }
  void operator()(const Control& control) const {
    out.field("action", control.action);
    write_text(out, "by", control.by);
    write_text(out, "reason", control.reason);
    write_text(out, "text", control.text);
  }
  void operator()(const Guest& guest) const {
    out.field("action", guest.action);
    if (guest.position >= 0) out.field("position", guest.position);
    if (guest.raw_action != 0) out.field("raw_action", guest.raw_action);
    write_number(out, "score", guest.score);
    write_number(out, "total", guest.total);
    if (guest.guests.empty()) return;
    out.open_array("guests");
    for (const StageGuest& one : guest.guests) {
      out.open();
      write_user(out, "user", one.user);
      if (one.position >= 0) out.field("position", one.position);
      write_number(out, "score", one.score);
      out.close();
    }
    out.close_array();
  }
  void operator()(const Rank& rank) const {
    write_rank(out, rank);
    if (rank.others.empty()) return;
    out.open_array("others");
    for (const Rank& other : rank.others) {
      out.open();
      write_rank(out, other);
      out.close();
    }
    out.close_array();
  }
  void operator()(const SessionChange& change) const {
    out.field("state", change.state);
    out.field("reason", change.reason);
    if (change.gap) out.field("gap_ms", std::int64_t{change.gap->count()});
    if (change.next_try_at) out.field("next_try_at", rfc3339(*change.next_try_at));
  }
  void operator()(const Unknown& unknown) const {
    out.field("raw_type", unknown.method);
    out.base64_field("raw_payload", unknown.payload);
  }
};

}  // namespace

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

std::string encode_common(const Event& event, const PictureKeys* pictures) {
  std::string json;
  const auto* unknown = std::get_if<Unknown>(&event.body);
  json.reserve(unknown ? 256 + unknown->payload.size() * 4 / 3 : 1024);
  EventWriter out(json, pictures);
  out.id_field("id", event.id);
  out.field("type", to_string(event.type()));
  out.field("timestamp", rfc3339(event.time));
  out.field("timestamp_ms", event.time);
  out.id_field("room_id", event.room_id.value());
  if (event.historical) out.field("historical", true);
  if (event.other_room) out.field("other_room", true);
  if (event.user) write_user(out, "user", *event.user);
  std::visit(WriteBody{out}, event.body);
  return json;
}

}  // namespace papi::events
