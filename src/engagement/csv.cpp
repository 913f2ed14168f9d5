#include "engagement/csv.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "platform/base/json_writer.hpp"

namespace papi::engagement {
namespace {

namespace json = boost::json;

struct Column {
  const char* name;
  const char* member;
  bool of_user = false;
};

constexpr Column csv_columns[] = {
    {"offset", "offset"},
    {"id", "id"},
    {"type", "type"},
    {"timestamp", "timestamp"},
    {"user_id", "id", true},
    {"username", "username", true},
    {"nickname", "nickname", true},
    {"comment", "comment"},
    {"name", "name"},
    {"count", "count"},
    {"diamonds", "diamonds"},
    {"streak_end", "streak_end"},
    {"total", "total"},
    {"raw_type", "raw_type"},
    {"epoch", "epoch"},
    {"session_id", "session_id"},
    {"timestamp_ms", "timestamp_ms"},
    {"room_id", "room_id"},
    {"historical", "historical"},
    {"other_room", "other_room"},
    {"avatar_url", "avatar_url", true},
    {"picture", "picture", true},
    {"badges", "badges", true},
    {"is_host", "is_host", true},
    {"is_moderator", "is_moderator", true},
    {"is_subscriber", "is_subscriber", true},
    {"is_follower", "is_follower", true},
    {"is_friend", "is_friend", true},
    {"language", "language"},
    {"emotes", "emotes"},
    {"reply_to", "reply_to"},
    {"mentions", "mentions"},
    {"gift_id", "gift_id"},
    {"diamonds_each", "diamonds_each"},
    {"image_url", "image_url"},
    {"streak_id", "streak_id"},
    {"inferred", "inferred"},
    {"to_user", "to_user"},
    {"viewers", "viewers"},
    {"source", "source"},
    {"followers", "followers"},
    {"target", "target"},
    {"kind", "kind"},
    {"months", "months"},
    {"gifted", "gifted"},
    {"tier", "tier"},
    {"from", "from"},
    {"text", "text"},
    {"key", "key"},
    {"sub_type", "sub_type"},
    {"msg_type", "msg_type"},
    {"top", "top"},
    {"question_id", "question_id"},
    {"envelope_id", "envelope_id"},
    {"kind_number", "kind_number"},
    {"action", "action"},
    {"people", "people"},
    {"opens_at", "opens_at"},
    {"super_fan_count", "super_fan_count"},
    {"battle_id", "battle_id"},
    {"sides", "sides"},
    {"reason", "reason"},
    {"message_ids", "message_ids"},
    {"user_ids", "user_ids"},
    {"progress", "progress"},
    {"poll_id", "poll_id"},
    {"options", "options"},
    {"by", "by"},
    {"position", "position"},
    {"raw_action", "raw_action"},
    {"score", "score"},
    {"guests", "guests"},
    {"list", "list"},
    {"rank", "rank"},
    {"others", "others"},
    {"state", "state"},
    {"gap_ms", "gap_ms"},
    {"next_try_at", "next_try_at"},
    {"raw_payload", "raw_payload"},
};

/// Spreadsheets of some languages treat the full-width forms like the ASCII signs. Some spreadsheets remove
/// spaces and quotes before a formula.
bool begins_like_a_formula(std::string_view text) {
  const auto first = text.find_first_not_of(" \"");
  if (first == std::string_view::npos) return false;
  text.remove_prefix(first);
  for (const std::string_view sign : {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}) {
    if (text.starts_with(sign)) return true;
  }
  return false;
}

void append_value(std::string& out, const json::value& value) {
  if (value.is_string()) {
    append_csv_text(out, std::string_view(value.get_string().data(), value.get_string().size()));
  } else if (value.is_structured()) {
    append_csv_text(out, json::serialize(value));
  } else if (!value.is_null()) {
    out += json::serialize(value);  // a number or a boolean: -1 is not a formula
  }
}

const json::object* member_object(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value ? value->if_object() : nullptr;
}

}  // namespace

std::string csv_header(bool byte_order_mark) {
  std::string line;
  for (const Column& column : csv_columns) {
    if (!line.empty()) line += ',';
    line += column.name;
  }
  return (byte_order_mark ? "\xEF\xBB\xBF" : "") + line + "\r\n";
}

void append_csv_text(std::string& out, std::string_view text) {
  constexpr std::string_view separators = ";\t\r\n";
  const bool quoted =
      text.find_first_of(",\";\t\r\n") != std::string_view::npos || begins_like_a_formula(text);
  if (quoted) out += '"';
  if (begins_like_a_formula(text)) out += '\'';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') out += '"';
    out += text[i];
    const bool cell_begins = separators.find(text[i]) != std::string_view::npos;
    if (cell_begins && begins_like_a_formula(text.substr(i + 1))) out += '\'';
  }
  if (quoted) out += '"';
}

void append_csv_line(std::string& out, std::string_view text) {
  boost::system::error_code ec;
  const json::value event = json::parse(json::string_view(text.data(), text.size()), ec);
  const json::object* const object = event.if_object();
  const json::object* const user = object ? member_object(*object, "user") : nullptr;
  bool first = true;
  for (const Column& column : csv_columns) {
    if (!std::exchange(first, false)) out += ',';
    const json::object* const where = column.of_user ? user : object;
    if (const json::value* value = where ? where->if_contains(column.member) : nullptr)
      append_value(out, *value);
  }
  out += "\r\n";
}

}  // namespace papi::engagement
