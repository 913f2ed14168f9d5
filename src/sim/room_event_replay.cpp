// Turns the events of the room itself and ranks back into messages.

#include <algorithm>
#include <boost/json/value.hpp>

#include "platform/base/text.hpp"
#include "sim/event_parts.hpp"

namespace papi::sim {
namespace {

/// Returns the number in `status_3` or `action_3`.
std::int64_t number_in(const std::string& action) {
  return parse_int(std::string_view(action).substr(action.find('_') + 1)).value_or(0);
}

void add_ids(pbf_writer& out, std::uint32_t field, EventObject event, const char* name) {
  const json::value* ids = event.if_contains(name);
  if (!ids || !ids->is_array()) return;
  for (const json::value& id : ids->get_array()) {
    if (!id.is_string()) continue;
    const std::string_view text(id.get_string().data(), id.get_string().size());
    out.add_int64(field, static_cast<std::int64_t>(parse_uint(text).value_or(0)));
  }
}

/// Adds a Text with the event's text.
void add_words(pbf_writer& out, std::uint32_t field, EventObject event, const json::object* person) {
  out.add_message(field, sentence(text_of(event, "key"), text_of(event, "text"), person));
}

/// Adds a nested message whose field `inner` is a text.
void add_nested_text(pbf_writer& out, std::uint32_t field, std::uint32_t inner, const std::string& text) {
  if (text.empty()) return;
  pbf_writer nested(out, field);
  nested.add_string(inner, text);
}

void nothing_more(EventObject, pbf_writer&) {}
void plain_text(EventObject event, pbf_writer& out) { add_text(out, 2, text_of(event, "text")); }

void notify(EventObject event, pbf_writer& out) {
  add_words(out, 4, event, nullptr);
  add_user(out, 5, event, "user");
}

void subscription_pin(EventObject event, pbf_writer& out) {
  const std::string action = text_of(event, "action");
  out.add_int64(2, action == "pin" ? 1 : action == "unpin" ? 2 : 3);
  {
    pbf_writer card(out, 3);
    if (event.contains("target")) {
      pbf_writer goal(card, 8);
      add_nested_text(goal, 3, 2, text_of(event, "text"));
      add_number(goal, 4, number_of(event, "target"));
      add_number(goal, 5, number_of(event, "progress"));
    } else {
      add_nested_text(card, 3, 2, text_of(event, "text"));
    }
  }
  if (const json::object* person = object_of(event, "user")) add_number(out, 4, id_of(*person, "id"));
}

void warning(EventObject event, pbf_writer& out) {
  add_text(out, 2, text_of(event, "text"));
  add_nested_text(out, 8, 2, text_of(event, "reason"));
}

void measure(EventObject event, pbf_writer& out) { add_nested_text(out, 3, 2, text_of(event, "reason")); }

void access_recall(EventObject event, pbf_writer& out) {
  if (event.contains("action")) out.add_int64(2, number_in(text_of(event, "action")));
  add_text(out, 5, text_of(event, "reason"));
}

void verify(EventObject event, pbf_writer& out) {
  if (event.contains("action")) out.add_int64(2, number_in(text_of(event, "action")));
  add_text(out, 3, text_of(event, "text"));
}

void shopping(EventObject event, pbf_writer& out) {
  if (event.contains("action")) out.add_int64(2, number_in(text_of(event, "action")));
  add_nested_text(out, 9, 2, text_of(event, "text"));
}

void pin(EventObject event, pbf_writer& out) {
  {
    pbf_writer pinned(out, 2);
    add_user(pinned, 2, event, "user");
    add_text(pinned, 3, text_of(event, "text"));
  }
  out.add_int64(33, text_of(event, "kind") == "unpin" ? 2 : 1);
  add_ids(out, 35, event, "message_ids");
}

void goal(EventObject event, pbf_writer& out) {
  {
    pbf_writer described(out, 3);
    if (event.contains("target")) {
      pbf_writer part(described, 4);
      add_number(part, 3, number_of(event, "progress"));
      add_number(part, 4, number_of(event, "target"));
    }
    add_text(described, 5, text_of(event, "text"));
  }
  const json::object* person = object_of(event, "user");
  if (!person) return;
  add_number(out, 4, id_of(*person, "id"));
  add_image(out, 5, text_of(*person, "avatar_url"));
  add_text(out, 6, text_of(*person, "username"));
}

void caption(EventObject event, pbf_writer& out) {
  add_number(out, 2, number_of(event, "timestamp_ms"));
  pbf_writer content(out, 4);
  add_text(content, 1, text_of(event, "language"));
  add_text(content, 2, text_of(event, "text"));
}

void deletion(EventObject event, pbf_writer& out) {
  add_ids(out, 2, event, "message_ids");
  add_ids(out, 3, event, "user_ids");
}

void intro(EventObject event, pbf_writer& out) {
  add_text(out, 4, text_of(event, "text"));
  add_user(out, 5, event, "user");
  add_text(out, 8, text_of(event, "language"));
}

/// A rank in the list of viewers.
void viewer_rank(EventObject event, pbf_writer& out) {
  add_number(out, 4, number_of(event, "rank"));
  add_words(out, 9, event, object_of(event, "user"));
}

constexpr const char* list_names[] = {
    "hourly",          "weekly",         "hourly_star",  "weekly_rising", "weekly_rising", "weekly_rookie",
    "shopping_weekly", "shopping_daily", "daily",        "first_gift",    "game",          "daily_game",
    "hall_of_fame",    "league",         "daily_rookie", "team",          "class"};

void add_place(pbf_writer& out, EventObject place) {
  const std::string list = text_of(place, "list");
  const auto found = std::find(std::begin(list_names), std::end(list_names), list);
  pbf_writer update(out, 2);
  update.add_int64(1, found == std::end(list_names) ? number_in(list) : found - std::begin(list_names));
  add_number(update, 2, number_of(place, "rank"));
  add_words(update, 3, place, nullptr);
  if (place.contains("score")) update.add_int64(15, number_of(place, "score"));
}

/// The host's own ranks.
void host_ranks(EventObject event, pbf_writer& out) {
  if (text_of(event, "list").empty()) return;
  add_place(out, event);
  for (const json::object* other : objects_of(event, "others")) add_place(out, *other);
}

constexpr EventKind room_kinds[] = {
    {"message", "WebcastRoomMessage", plain_text, true},
    {"banner", "WebcastInRoomBannerMessage", plain_text, true},
    {"capsule", "WebcastCapsuleMessage", nothing_more, true},
    {"notice", "WebcastNoticeMessage", plain_text, true},
    {"notify", "WebcastRoomNotifyMessage", notify},
    {"gift_broadcast", "WebcastGiftBroadcastMessage", nothing_more, true},
    {"announcement", "WebcastMarqueeAnnouncementMessage", nothing_more, true},
    {"subscription_pin", "WebcastSubPinEventMessage", subscription_pin},
    {"warning", "WebcastBottomMessage", warning, true},
    {"measure", "WebcastPerceptionMessage", measure, true},
    {"access_recall", "WebcastAccessRecallMessage", access_recall, true},
    {"verify", "WebcastRoomVerifyMessage", verify},
    {"shopping", "WebcastOecLiveShoppingMessage", shopping, true},
    {"pin", "WebcastRoomPinMessage", pin},
    {"unpin", "WebcastRoomPinMessage", pin},
    {"goal", "WebcastGoalUpdateMessage", goal},
    {"caption", "WebcastCaptionMessage", caption},
    {"delete", "WebcastImDeleteMessage", deletion},
    {"intro", "WebcastLiveIntroMessage", intro},
};
constexpr EventKind viewer_rank_kind = {"rank", "WebcastRankTextMessage", viewer_rank};
constexpr EventKind host_rank_kind = {"rank", "WebcastRankUpdateMessage", host_ranks};

}  // namespace

const EventKind* room_event_kind(EventObject event) {
  const std::string type = text_of(event, "type"), kind = text_of(event, "kind");
  if (type == "rank" && text_of(event, "list") == "viewers") return &viewer_rank_kind;
  if (type == "rank" && !event.contains("user")) return &host_rank_kind;
  if (type != "room") return nullptr;
  const auto found = std::find_if(std::begin(room_kinds), std::end(room_kinds),
                                  [&](const EventKind& one) { return kind == one.name; });
  return found == std::end(room_kinds) ? nullptr : found;
}

}  // namespace papi::sim
