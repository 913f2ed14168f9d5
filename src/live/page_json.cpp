#include "live/page_json.hpp"

#include <boost/json/parse.hpp>

#include "platform/base/text.hpp"

namespace papi::live {

std::optional<json::value> parse_page_json(std::string_view text) {
  boost::system::error_code ec;
  json::parse_options options;
  options.max_depth = 64;
  options.allow_invalid_utf8 = true;
  json::value value = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) return std::nullopt;
  return value;
}

const json::value* member(const json::value& root, std::initializer_list<std::string_view> path) {
  const json::value* at = &root;
  for (std::string_view name : path) {
    const auto* object = at->if_object();
    at = object ? object->if_contains(name) : nullptr;
    if (!at) return nullptr;
  }
  return at;
}

std::int64_t integer(const json::value* value, std::int64_t fallback) {
  if (!value) return fallback;
  if (const auto* n = value->if_int64()) return *n;
  if (const auto* text = value->if_string())
    return parse_int(std::string_view(text->data(), text->size())).value_or(fallback);
  return fallback;
}

std::uint64_t page_id(const json::value* value) {
  if (!value) return 0;
  if (const auto* n = value->if_int64()) return *n > 0 ? static_cast<std::uint64_t>(*n) : 0;
  if (const auto* n = value->if_uint64()) return *n;
  if (const auto* text = value->if_string())
    return parse_uint(std::string_view(text->data(), text->size())).value_or(0);
  return 0;
}

std::string bounded_utf8(std::string_view text, std::size_t max_bytes) {
  // If the first cut splits a character, that character is behind the second cut.
  std::string out = to_utf8(text.substr(0, max_bytes + 4));
  if (out.size() <= max_bytes) return out;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  out.resize(end);
  return out;
}

std::string page_text(const json::value* value, std::size_t max_bytes) {
  const auto* text = value ? value->if_string() : nullptr;
  return text ? bounded_utf8(std::string_view(text->data(), text->size()), max_bytes) : std::string();
}

}  // namespace papi::live
