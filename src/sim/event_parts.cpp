#include "sim/event_parts.hpp"

#include <boost/json/value.hpp>

#include "platform/base/text.hpp"

namespace papi::sim {

std::string text_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t number_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}
std::int64_t id_of(const json::object& object, const char* name) {
  return static_cast<std::int64_t>(parse_uint(text_of(object, name)).value_or(0));
}
bool is_true(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}
const json::object* object_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}
std::vector<const json::object*> objects_of(const json::object& object, const char* name) {
  std::vector<const json::object*> found;
  const json::value* value = object.if_contains(name);
  if (!value || !value->is_array()) return found;
  for (const json::value& element : value->get_array()) {
    if (const json::object* one = element.if_object()) found.push_back(one);
  }
  return found;
}

void add_text(pbf_writer& out, std::uint32_t field, const std::string& text) {
  if (!text.empty()) out.add_string(field, text);
}
void add_number(pbf_writer& out, std::uint32_t field, std::int64_t number) {
  if (number != 0) out.add_int64(field, number);
}

void add_image(pbf_writer& out, std::uint32_t field, const std::string& url) {
  if (url.empty()) return;
  pbf_writer image(out, field);
  image.add_string(1, url);
}

namespace {

struct BadgeScene {
  std::int64_t scene;
  std::string_view kind;
};
constexpr BadgeScene badge_scenes[] = {
    {1, "moderator"},  {2, "new_gifter"},   {3, "friend"},     {4, "subscriber"},
    {6, "top_gifter"}, {8, "gifter_level"}, {10, "fan_level"}, {12, "host"},
};

std::string badge(const json::object& badge) {
  const std::string kind = text_of(badge, "kind"), level = text_of(badge, "level");
  constexpr std::string_view other = "scene_";
  std::int64_t scene = 0;
  for (const BadgeScene& row : badge_scenes) {
    if (row.kind == kind) scene = row.scene;
  }
  if (kind.starts_with(other)) scene = parse_int(std::string_view(kind).substr(other.size())).value_or(0);
  std::string bytes;
  pbf_writer out(bytes);
  add_number(out, 3, scene);
  if (!level.empty()) {
    pbf_writer extra(out, 12);
    extra.add_string(5, level);
  }
  return bytes;
}

}  // namespace

std::string user_message(const json::object& person) {
  std::string bytes;
  pbf_writer out(bytes);
  add_number(out, 1, id_of(person, "id"));
  add_text(out, 3, text_of(person, "nickname"));
  add_image(out, 9, text_of(person, "avatar_url"));
  // The value 1 also means "not friends". Any other number says nothing about that.
  const std::int64_t follower = person.contains("is_friend") ? 1 : 3;
  const std::int64_t follow = is_true(person, "is_friend")     ? 2
                              : is_true(person, "is_follower") ? follower
                                                               : 0;
  if (follow != 0) {
    pbf_writer info(out, 22);
    info.add_int64(3, follow);
  }
  if (is_true(person, "is_moderator")) {
    pbf_writer attributes(out, 32);
    attributes.add_bool(2, true);
  }
  add_text(out, 38, text_of(person, "username"));
  for (const json::object* one : objects_of(person, "badges")) out.add_message(64, badge(*one));
  if (is_true(person, "is_subscriber")) out.add_bool(1090, true);
  return bytes;
}

void add_user(pbf_writer& out, std::uint32_t field, const json::object& object, const char* name) {
  if (const json::object* person = object_of(object, name)) out.add_message(field, user_message(*person));
}

std::string sentence(const std::string& key, const std::string& text, const json::object* person) {
  std::string bytes;
  pbf_writer out(bytes);
  add_text(out, 1, key);
  add_text(out, 2, text);
  if (person) {
    pbf_writer piece(out, 4);
    piece.add_int32(1, 11);
    pbf_writer value(piece, 21);
    value.add_message(1, user_message(*person));
  }
  return bytes;
}

}  // namespace papi::sim
