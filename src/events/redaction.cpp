#include "events/redaction.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "platform/base/error.hpp"
#include "platform/base/text.hpp"

namespace papi::events {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

/// Finds `@username` as a whole name, anywhere in a text. A full stop behind it may end the sentence.
std::size_t find_mention(std::string_view lower, std::string_view username, std::size_t from) {
  for (std::size_t at = lower.find('@', from); at != std::string_view::npos; at = lower.find('@', at + 1)) {
    if (lower.substr(at + 1, username.size()) != username) continue;
    std::string_view rest = lower.substr(at + 1 + username.size());
    while (rest.starts_with('.')) rest.remove_prefix(1);
    if (rest.empty() || !is_name_character(rest.front())) return at;
  }
  return std::string_view::npos;
}

bool drop_mentions(json::string& text, std::string_view username) {
  const std::string lower = to_lower_ascii(view(text));
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = find_mention(lower, username, 0); at != std::string::npos;
       at = find_mention(lower, username, from)) {
    out.append(view(text).substr(from, at - from)).append("@…");
    from = at + 1 + username.size();
  }
  if (from == 0) return false;
  out.append(view(text).substr(from));
  text = out;
  return true;
}

bool blank(json::object& object, std::string_view key) {
  json::value* value = object.if_contains(key);
  if (!value || !value->is_string() || value->get_string().empty()) return false;
  value->get_string().clear();
  return true;
}

bool drop_payload(json::object& object, std::string_view username) {
  json::value* value = object.if_contains("raw_payload");
  if (!value || !value->is_string()) return false;
  const auto bytes = base64_decode(view(value->get_string()));
  if (!bytes || to_lower_ascii(*bytes).find(username) == std::string::npos) return false;
  value->get_string().clear();
  return true;
}

bool is_of(const json::object& object, const ErasedPerson& person) {
  const json::value* name = object.if_contains("username");
  if (name && name->is_string() && to_lower_ascii(view(name->get_string())) == person.username) return true;
  const json::value* id = object.if_contains("id");
  if (!id || !id->is_string() || !object.contains("nickname")) return false;  // an event has an "id", too
  const auto number = parse_int(view(id->get_string()));
  return number && std::find(person.ids.begin(), person.ids.end(), *number) != person.ids.end();
}

bool continues_a_name(char c) { return is_name_character(c) || static_cast<unsigned char>(c) >= 0x80; }

/// Removes the nickname wherever it stands as a whole word or several whole words.
bool drop_nickname(json::string& text, std::string_view nickname) {
  const std::string_view whole = view(text);
  std::string out;
  std::size_t from = 0;
  for (auto at = whole.find(nickname); at != std::string_view::npos; at = whole.find(nickname, at + 1)) {
    const std::size_t end = at + nickname.size();
    const bool begins = at == 0 || !continues_a_name(whole[at - 1]) || !continues_a_name(nickname.front());
    const bool ends =
        end == whole.size() || !continues_a_name(whole[end]) || !continues_a_name(nickname.back());
    if (at < from || !begins || !ends) continue;
    out.append(whole.substr(from, at - from)).append("…");
    from = end;
  }
  if (from == 0) return false;
  out.append(whole.substr(from));
  text = out;
  return true;
}

bool drop_nicknames_in_text(json::object& object, const ErasedPerson& person) {
  json::value* text = object.if_contains("text");
  if (!text || !text->is_string()) return false;
  bool changed = false;
  for (const std::string& nickname : person.nicknames)
    changed = (!nickname.empty() && drop_nickname(text->get_string(), nickname)) || changed;
  return changed;
}

/// The types of events that contain sentences of TikTok's own.
constexpr std::string_view announced[] = {"room", "rank", "join", "subscribe", "control"};

/// TikTok's own sentences in a room name people without their user id or username.
bool drop_nicknames(json::object& event, const ErasedPerson& person) {
  const json::value* type = event.if_contains("type");
  if (!type || !type->is_string()) return false;
  if (std::find(std::begin(announced), std::end(announced), view(type->get_string())) == std::end(announced))
    return false;
  bool changed = drop_nicknames_in_text(event, person);
  json::value* others = event.if_contains("others");  // of a rank event
  if (!others || !others->is_array()) return changed;
  for (json::value& other : others->get_array())
    changed = (other.is_object() && drop_nicknames_in_text(other.get_object(), person)) || changed;
  return changed;
}

bool redact_value(json::value& value, const ErasedPerson& person);

bool redact_object(json::object& object, const ErasedPerson& person) {
  bool changed = drop_payload(object, person.username);
  if (is_of(object, person)) {
    for (const char* key : {"username", "nickname", "avatar_url"}) changed = blank(object, key) || changed;
  }
  for (auto& member : object) changed = redact_value(member.value(), person) || changed;
  return changed;
}

bool redact_value(json::value& value, const ErasedPerson& person) {
  if (value.is_object()) return redact_object(value.get_object(), person);
  if (value.is_string()) return drop_mentions(value.get_string(), person.username);
  if (!value.is_array()) return false;
  bool changed = false;
  for (json::value& element : value.get_array()) changed = redact_value(element, person) || changed;
  return changed;
}

/// Most events do not mention the person. They need not be parsed.
bool may_concern(std::string_view body, const ErasedPerson& person) {
  if (body.find("\"raw_payload\":") != std::string_view::npos) return true;
  if (!person.nicknames.empty() && body.find("\"text\":\"") != std::string_view::npos) return true;
  const auto same = [](char a, char lower) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == lower; };
  const std::string& name = person.username;
  if (std::search(body.begin(), body.end(), name.begin(), name.end(), same) != body.end()) return true;
  return std::any_of(person.ids.begin(), person.ids.end(), [&](std::int64_t id) {
    return body.find("\"id\":\"" + std::to_string(id) + '"') != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string> redact(std::string_view body, const ErasedPerson& person) {
  if (person.username.empty() || !may_concern(body, person)) return std::nullopt;
  boost::system::error_code ec;
  json::value value = json::parse({body.data(), body.size()}, ec);
  if (ec || !value.is_object()) return std::nullopt;
  json::object& event = value.get_object();
  const bool named = redact_object(event, person);
  const bool nicknamed = drop_nicknames(event, person);
  if (!named && !nicknamed) return std::nullopt;
  return json::serialize(value);
}

}  // namespace papi::events
