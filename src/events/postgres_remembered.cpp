#include "events/postgres_remembered.hpp"

#include <boost/json/parse.hpp>

#include "events/postgres_values.hpp"
#include "platform/base/error.hpp"

namespace papi::events {
namespace {

std::string text_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
bool flag_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}
std::int64_t number_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

void read_gift(const json::object& body, RememberedEvent& event) {
  event.count = number_of(body, "count");
  // The streak id of a gift without a streak ends with the id of its event.
  std::string streak_id = text_of(body, "streak_id");
  const bool single = streak_id.ends_with('-' + std::to_string(*event.id));
  if (flag_of(body, "streak_end") && !single) event.streak_id = std::move(streak_id);
  if (flag_of(body, "inferred")) event.id.reset();
}

}  // namespace

RememberedEvent read_remembered(const postgres::Row& row) {
  RememberedEvent event;
  event.offset = Offset(from_stored(row.get<std::int64_t>(0)));
  event.id = from_stored(row.get<std::int64_t>(1));
  event.type = type_of_stored(row.get<std::int16_t>(2));
  event.time = row.get<std::int64_t>(3);
  if (event.type == EventType::session) event.id.reset();
  const auto text = row.get<std::optional<std::string_view>>(4);
  if (!text) return event;
  boost::system::error_code malformed;
  const json::value parsed = json::parse(json::string_view(text->data(), text->size()), malformed);
  const json::object* body = malformed ? nullptr : parsed.if_object();
  if (!body) return event;
  if (event.type == EventType::gift) read_gift(*body, event);
  if (event.type == EventType::envelope) {
    event.envelope_id = text_of(*body, "envelope_id");
    event.action = text_of(*body, "action");
  }
  return event;
}

}  // namespace papi::events
