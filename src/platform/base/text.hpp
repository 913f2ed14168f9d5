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

/// Reads the whole text as a decimal number. Returns nullopt if it is not one or does not fit.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<std::uint64_t> parse_uint(std::string_view text);

bool is_utf8(std::string_view text);
/// Returns `text` with each byte that is not part of valid UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view text);

/// Returns true if `text` is printable ASCII without '"' and '\\'. Such a text needs no escaping in JSON and
/// has no hidden characters.
bool is_plain(std::string_view text);

/// Returns true if `utf8` holds a hidden character. Such a character is not shown itself, but changes how
/// text is shown: a C0 or C1 control, DEL, or a character that changes the direction of text or ends a line
/// (U+061C, U+200E–F, U+2028–E, U+2066–9).
bool has_hidden(std::string_view utf8);
/// Returns `utf8` for a terminal: each hidden character becomes \uXXXX, except line breaks and tabs. JSON
/// keeps its meaning.
std::string visible(std::string_view utf8);
/// If the first character of `utf8` is hidden, appends it as \uXXXX. Returns its length in bytes, or 0 if it
/// is not hidden.
std::size_t append_hidden(std::string& out, std::string_view utf8);

/// Decodes percent-encoding (RFC 3986 §2.1). Returns nullopt if an escape is malformed. `plus_is_space` is
/// for query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Escapes every byte except the unreserved characters (RFC 3986 §2.3).
std::string percent_encode(std::string_view text);

std::string base64(std::string_view bytes);
void append_base64(std::string& out, std::string_view bytes);
/// Returns base64url without padding, for URLs (RFC 4648 §5).
std::string base64url(std::string_view bytes);
/// Padding may be missing. Returns nullopt if a character is not a base64 digit.
std::optional<std::string> base64_decode(std::string_view text);

/// Returns the least number of single-character insertions, deletions and substitutions that turn `a` into
/// `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace papi
