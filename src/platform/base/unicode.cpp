#include "platform/base/unicode.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <stdexcept>

#include "platform/base/text.hpp"

namespace papi {
namespace {

constexpr UChar32 non_joiner = 0x200C, joiner = 0x200D;
constexpr std::uint8_t virama_class = 9;

icu::UnicodeString from_utf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string to_text(const icu::UnicodeString& unicode) {
  std::string out;
  unicode.toUTF8String(out);
  return out;
}

icu::UnicodeString normalized(const icu::Normalizer2* (*form)(UErrorCode&), const icu::UnicodeString& text) {
  UErrorCode fault = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = form(fault);
  icu::UnicodeString out;
  if (U_SUCCESS(fault)) out = normalizer->normalize(text, fault);
  if (U_FAILURE(fault)) throw std::runtime_error("ICU has no data of normalisation");
  return out;
}

int joining_type(UChar32 c) { return u_getIntPropertyValue(c, UCHAR_JOINING_TYPE); }

/// Returns true if joining letters stand on both sides of `at`, with only marks between (RFC 5892, A.1).
bool between_joining_letters(const std::u32string& text, std::size_t at) {
  std::size_t left = at, right = at + 1;
  while (left > 0 && joining_type(static_cast<UChar32>(text[left - 1])) == U_JT_TRANSPARENT) --left;
  while (right < text.size() && joining_type(static_cast<UChar32>(text[right])) == U_JT_TRANSPARENT) ++right;
  if (left == 0 || right == text.size()) return false;
  const int before = joining_type(static_cast<UChar32>(text[left - 1]));
  const int after = joining_type(static_cast<UChar32>(text[right]));
  return (before == U_JT_LEFT_JOINING || before == U_JT_DUAL_JOINING) &&
         (after == U_JT_RIGHT_JOINING || after == U_JT_DUAL_JOINING);
}

/// RFC 8264 §9, the rows of FreeformClass.
bool is_freeform(const std::u32string& text, std::size_t at) {
  const auto c = static_cast<UChar32>(text[at]);
  if (c == joiner || c == non_joiner) {
    if (at > 0 && u_getCombiningClass(static_cast<UChar32>(text[at - 1])) == virama_class) return true;
    return c == non_joiner && between_joining_letters(text, at);
  }
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return false;
  const int syllable = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);
  const bool old_jamo =
      syllable == U_HST_LEADING_JAMO || syllable == U_HST_VOWEL_JAMO || syllable == U_HST_TRAILING_JAMO;
  constexpr std::uint32_t never = U_GC_C_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK;
  return !old_jamo && (U_GET_GC_MASK(c) & never) == 0;
}

}  // namespace

std::string fold_for_search(std::string_view text) {
  return to_text(normalized(&icu::Normalizer2::getNFKCCasefoldInstance, from_utf8(text)));
}

std::optional<std::string> opaque_string(std::string_view text) {
  if (text.empty() || !is_utf8(text)) return std::nullopt;
  const icu::UnicodeString given = from_utf8(text);
  icu::UnicodeString spaced;
  for (std::int32_t at = 0; at < given.length(); at = given.moveIndex32(at, 1)) {
    const UChar32 c = given.char32At(at);
    spaced.append(u_charType(c) == U_SPACE_SEPARATOR ? UChar32{' '} : c);
  }
  const icu::UnicodeString prepared = normalized(&icu::Normalizer2::getNFCInstance, spaced);
  std::u32string characters;
  for (std::int32_t at = 0; at < prepared.length(); at = prepared.moveIndex32(at, 1))
    characters += static_cast<char32_t>(prepared.char32At(at));
  for (std::size_t at = 0; at < characters.size(); ++at) {
    if (!is_freeform(characters, at)) return std::nullopt;
  }
  return to_text(prepared);
}

}  // namespace papi
