#pragma once

#include <string>
#include <string_view>

namespace papi::profiles {

/// Returns the initials of a name, in any script. If the letters of the script stand apart, these are the
/// first letters of the first and the last word. If the letters join (Arabic, Devanagari, …) or are words
/// (Han, Hangul), it is one letter. A letter is a whole grapheme (UAX #29, by ICU), so that marks stay with
/// their base. If the name has no letters, returns its first visible sign, for example an emoji. If it has
/// none, returns "?".
std::string initials_of(std::string_view name);

/// Draws the initials as a square SVG. The background colour depends on `username`. The result is always
/// valid XML.
std::string draw_initials(std::string_view username, std::string_view nickname);

}  // namespace papi::profiles
