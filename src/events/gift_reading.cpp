// Reads a gift event back from its JSON.

#include <algorithm>
#include <boost/json/parse.hpp>

#include "events/event_json.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
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

std::optional<bool> role_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  return value && value->is_bool() ? std::optional(value->get_bool()) : std::nullopt;
}

std::optional<User> user_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const json::object* from = value ? value->if_object() : nullptr;
  if (!from) return std::nullopt;
  User user;
  user.id = UserId(id_of(*from, "id"));
  user.username = string_of(*from, "username");
  user.nickname = string_of(*from, "nickname");
  user.avatar_url = string_of(*from, "avatar_url");
  user.is_host = role_of(*from, "is_host");
  user.is_moderator = role_of(*from, "is_moderator");
  user.is_subscriber = role_of(*from, "is_subscriber");
  user.is_follower = role_of(*from, "is_follower");
  user.is_friend = role_of(*from, "is_friend");
  if (const json::value* badges = from->if_contains("badges"); badges && badges->is_array()) {
    for (const json::value& badge : badges->get_array()) {
      if (const json::object* b = badge.if_object())
        user.badges.push_back({string_of(*b, "kind"), string_of(*b, "level")});
    }
  }
  return user;
}

/// A streak id has the form sender-gift-group, with -receiver if there is one. A gift without a streak has
/// the event's id in the place of the group.
void read_group(std::uint64_t event_id, Gift& gift) {
  std::string_view rest = gift.streak_id;
  for (int part = 0; part < 2; ++part) rest.remove_prefix(std::min(rest.find('-'), rest.size() - 1) + 1);
  const auto group = parse_uint(rest.substr(0, rest.find('-')));
  gift.streakable = group && *group != event_id;
  gift.group_id = gift.streakable ? *group : 0;
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
  event.room_id = RoomId(id_of(*from, "room_id"));
  event.other_room = number_of(*from, "other_room") != 0;
  event.user = user_of(*from, "user");
  Gift gift;
  gift.gift_id = static_cast<std::int64_t>(id_of(*from, "gift_id"));
  gift.name = string_of(*from, "name");
  gift.count = number_of(*from, "count");
  gift.diamonds_each = number_of(*from, "diamonds_each");
  gift.streak_id = string_of(*from, "streak_id");
  gift.streak_end = number_of(*from, "streak_end") != 0;
  gift.to_user = user_of(*from, "to_user");
  gift.image_url = string_of(*from, "image_url");
  read_group(event.id, gift);
  event.body = std::move(gift);
  return event;
}

}  // namespace papi::events
