#pragma once

#include <string>
#include <string_view>

namespace papi::profiles {

/// What stands for a name, in any script: the first letters of its first and last words where its script is
/// written letter by letter; one letter where letters join (Arabic, Devanagari, …) or are words (Han,
/// Hangul). A letter is a whole grapheme (UAX #29, by ICU), so that marks stay with their base. A name
/// without letters gives its first visible sign, an emoji for example; a name without any gives "?".
std::string initials_of(std::string_view name);

/// A square picture of the initials on a colour that follows from `username`. Always valid XML.
std::string draw_initials(std::string_view username, std::string_view nickname);

}  // namespace papi::profiles
