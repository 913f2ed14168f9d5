#pragma once

// Reading the JSON of TikTok's pages, in which the same member is a number here and a string there.

#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace papi::live {

namespace json = boost::json;

/// Nothing where the text is no JSON, or nested too deep.
std::optional<json::value> parse_page_json(std::string_view text);
/// Follows members by name; nullptr where one is missing.
const json::value* member(const json::value& root, std::initializer_list<std::string_view> path);
std::int64_t integer(const json::value* value, std::int64_t fallback);
/// A number from 1 on; 0: none.
std::uint64_t page_id(const json::value* value);
/// Valid UTF-8 of at most so many bytes, cut between characters.
std::string bounded_utf8(std::string_view text, std::size_t max_bytes);
/// Returns the string as valid UTF-8, cut between characters at so many bytes. Empty if there is no string.
std::string page_text(const json::value* value, std::size_t max_bytes);

}  // namespace papi::live
