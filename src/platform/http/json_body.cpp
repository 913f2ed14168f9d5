#include "platform/http/json_body.hpp"

#include <boost/json/parse.hpp>

#include "platform/base/text.hpp"
#include "platform/http/json_keys.hpp"

namespace papi::http {
namespace {

constexpr std::size_t max_depth = 16;

std::string_view kind_name(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

}  // namespace

JsonBody::JsonBody(const Request& request) {
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = max_depth;
  json::value value =
      json::parse(json::string_view(request.body.data(), request.body.size()), ec, {}, options);
  if (request.body.empty()) {
    faults_.add("body", "a JSON object is required");
  } else if (!is_utf8(request.body)) {
    faults_.add("body", "not valid UTF-8");
  } else if (ec) {
    faults_.add("body", "not valid JSON: " + ec.message());
  } else if (!value.is_object()) {
    faults_.add("body", "must be a JSON object, not " + std::string(kind_name(value)));
  } else if (const auto twice = repeated_key(request.body, max_depth)) {
    faults_.add(*twice, "given more than once");
  } else {
    object_ = std::move(value.as_object());
    readable_ = true;
  }
}

std::optional<Error> JsonBody::unexpected(const Request& request) {
  if (request.body.empty()) return std::nullopt;
  return JsonBody(request).fault();
}

const json::value* JsonBody::take(std::string_view name, bool required) {
  known_.emplace_back(name);
  const json::value* value = object_.if_contains(name);
  if (!value && required && readable_) faults_.add(name, "required");
  return value;
}

std::optional<std::string> JsonBody::string(std::string_view name, bool required) {
  const json::value* value = take(name, required);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    faults_.add(name, "must be a string, not " + std::string(kind_name(*value)));
    return std::nullopt;
  }
  return std::string(value->as_string());
}

std::optional<std::string> JsonBody::string_or_number(std::string_view name) {
  const json::value* value = take(name, false);
  if (!value) return std::nullopt;
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  if (value->is_int64() && value->get_int64() >= 0) return std::to_string(value->get_int64());
  if (value->is_string()) return std::string(value->get_string());
  faults_.add(name, "must be a string or a whole number from 0 to 18446744073709551615, not " +
                        std::string(value->is_number() ? "another number" : kind_name(*value)));
  return std::nullopt;
}

std::vector<std::optional<std::string>> JsonBody::strings(std::string_view name, std::size_t at_least,
                                                          std::size_t at_most, bool required) {
  std::vector<std::optional<std::string>> out;
  const json::value* value = take(name, required);
  if (!value) return out;
  if (!value->is_array()) {
    faults_.add(name, "must be an array, not " + std::string(kind_name(*value)));
    return out;
  }
  const json::array& array = value->get_array();
  if (array.size() < at_least || array.size() > at_most) {
    faults_.add(
        name, "must have from " + std::to_string(at_least) + " to " + std::to_string(at_most) + " elements");
    return out;
  }
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (array[i].is_string()) {
      out.emplace_back(std::string(array[i].get_string()));
    } else {
      out.emplace_back();
      faults_.add(std::string(name) + "[" + std::to_string(i) + "]",
                  "must be a string, not " + std::string(kind_name(array[i])));
    }
  }
  return out;
}

std::optional<bool> JsonBody::boolean(std::string_view name) {
  const json::value* value = take(name, false);
  if (!value) return std::nullopt;
  if (!value->is_bool()) {
    faults_.add(name, "must be true or false, not " + std::string(kind_name(*value)));
    return std::nullopt;
  }
  return value->as_bool();
}

std::optional<std::int64_t> JsonBody::integer(std::string_view name, std::int64_t low, std::int64_t high) {
  const json::value* value = take(name, false);
  if (!value) return std::nullopt;
  if (value->is_int64() && value->get_int64() >= low && value->get_int64() <= high) return value->get_int64();
  faults_.add(name, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return std::nullopt;
}

void JsonBody::reject(std::string_view field, std::string_view what) { faults_.add(field, what); }

void JsonBody::reject_missing(std::string_view field, std::string_view alternative) {
  const bool ill_typed = object_.contains(field) || object_.contains(alternative);
  if (readable_ && !ill_typed) reject(field, "required (or " + std::string(alternative) + ")");
}

std::optional<Error> JsonBody::fault() {
  for (const auto& member : object_) {
    const std::string_view name(member.key().data(), member.key().size());
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    if (faults_.full()) {
      faults_.add_undescribed();
    } else {
      faults_.add(name, "unknown field" + did_you_mean(name, known_));
    }
  }
  return faults_.error();
}

Result<std::int64_t> integer_within(std::string_view name, std::string_view text, std::int64_t low,
                                    std::int64_t high) {
  const auto value = parse_int(text);
  if (value && *value >= low && *value <= high) return *value;
  return invalid(name, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace papi::http
