#include "events/event_filter.hpp"

#include <boost/json/parse.hpp>

#include "events/filter_query.hpp"
#include "platform/base/error.hpp"
#include "platform/base/text.hpp"
#include "platform/base/unicode.hpp"

namespace papi::events {
namespace {

std::string comment_text(const EventFrame& event) {
  if (event.type != EventType::comment) return {};
  if (event.source) return std::get<Comment>(event.source->event.body).text;
  boost::system::error_code ec;
  const std::string_view body = event.json();
  const json::value value = json::parse(json::string_view(body.data(), body.size()), ec);
  const json::value* text = value.is_object() ? value.get_object().if_contains("comment") : nullptr;
  return text && text->is_string() ? std::string(text->get_string()) : std::string();
}

}  // namespace

bool EventFilter::matches(const EventFrame& event) const {
  if (!wants(event.type)) return false;
  if (by_person()) {
    const bool same_id = user_id != UserId() && event.user_id == user_id;
    const bool same_name = !username.empty() && event.username == username;
    if (!same_id && !same_name) return false;
  }
  return contains.empty() || fold_for_search(comment_text(event)).find(contains) != std::string::npos;
}

EventFilter read_filter(http::QueryReader& query) {
  EventFilter filter;
  if (const auto types = query.text("types"); types && !types->empty()) {
    filter.types = 0;
    for (std::string_view name : split(*types, ',')) {
      const auto type = parse_event_type(trim(name));
      if (type) filter.types |= 1u << static_cast<int>(*type);
      if (!type) query.reject("types", "'" + to_utf8(name) + "' is not an event type");
    }
  }
  if (const auto user = query.text("user"); user && !user->empty()) {
    std::string_view name = trim(*user);
    if (name.starts_with('@')) name.remove_prefix(1);
    if (name.empty() || name.size() > 64) query.reject("user", "must be an id or a name of at most 64 bytes");
    filter.username = to_lower_ascii(name);
    filter.user_id = UserId(parse_uint(name).value_or(0));  // a username may consist of digits
  }
  if (const auto text = query.text("contains"); text && !text->empty()) {
    if (text->size() > 200) query.reject("contains", "at most 200 bytes");
    filter.contains = fold_for_search(to_utf8(*text));
    if (filter.contains.empty()) query.reject("contains", "must contain at least one visible character");
    filter.types &= 1u << static_cast<int>(EventType::comment);
  }
  return filter;
}

std::optional<std::uint32_t> event_type_bit(std::string_view name) {
  const auto type = parse_event_type(name);
  return type ? std::optional(1u << static_cast<int>(*type)) : std::nullopt;
}

std::optional<Error> narrow_filter(EventFilter& filter, const http::Caller& caller) {
  if (!caller.scope) return std::nullopt;
  const std::uint32_t readable = caller.scope->types;
  const bool asks = filter.types != ~0u;
  if (const std::uint32_t others = filter.types & ~readable; asks && others != 0) {
    std::string names;
    for (std::size_t i = 0; i < event_type_count; ++i) {
      if ((others >> i & 1) != 0)
        (names += names.empty() ? "" : ", ") += to_string(static_cast<EventType>(i));
    }
    return Error(ErrorCode::insufficient_permissions,
                 "types: this credential does not read events of the type " + names);
  }
  filter.types &= readable;
  return std::nullopt;
}

std::vector<std::string> filter_query(std::vector<std::string> more) {
  more.insert(more.end(), {"types", "user", "contains"});
  return more;
}

}  // namespace papi::events
