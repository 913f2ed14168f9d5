#pragma once

// Small pure functions on text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace papi {

std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::vector<std::string_view> split(std::string_view text, char separator);

/// The whole text as a decimal number, else nothing.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_uint(std::string_view text);

bool is_utf8(std::string_view text);
/// `text`, with each byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view text);

/// Whether there is a character that changes how text is shown and is not shown itself: a C0 or C1 control,
/// DEL, or one that turns the direction of text or ends a line (U+061C, U+200E–F, U+2028–E, U+2066–9).
bool has_hidden(std::string_view utf8);
/// `utf8` for a terminal: each of these, but for line breaks and tabs, as \uXXXX. JSON stays the same JSON.
std::string visible(std::string_view utf8);
/// Appends the first character of `utf8` as \uXXXX if it is such a one; how many bytes it has, or 0.
std::size_t append_hidden(std::string& out, std::string_view utf8);

/// Percent-decoding (RFC 3986 §2.1); nothing where an escape is malformed. `plus_is_space` for query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Escapes all but the unreserved characters.
std::string percent_encode(std::string_view text);

std::string base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);
/// For URLs, without padding (RFC 4648 §5).
std::string base64url(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

/// How many single-character edits lead from `a` to `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace papi
