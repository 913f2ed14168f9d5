#pragma once

// Reads the JSON of TikTok's pages. There the same member is a number in one answer and a string in another.

#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace papi::live {

namespace json = boost::json;

/// Returns nullopt if the text is not JSON or is nested too deep.
std::optional<json::value> parse_page_json(std::string_view text);
/// Follows members by name. Returns nullptr if one is missing.
const json::value* member(const json::value& root, std::initializer_list<std::string_view> path);
std::int64_t integer(const json::value* value, std::int64_t fallback);
/// Returns a positive number, or 0 if the value is not one.
std::uint64_t page_id(const json::value* value);
/// Returns the text as valid UTF-8 of at most `max_bytes` bytes, cut between characters.
std::string bounded_utf8(std::string_view text, std::size_t max_bytes);
/// Returns the string as valid UTF-8 of at most `max_bytes` bytes, cut between characters. Returns an empty
/// string if the value is not a string.
std::string page_text(const json::value* value, std::size_t max_bytes);

}  // namespace papi::live
