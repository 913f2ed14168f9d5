#include "profiles/initials.hpp"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <memory>
#include <vector>

#include "platform/base/sha256.hpp"
#include "profiles/colour.hpp"

namespace papi::profiles {
namespace {

/// A longer name is cut before it is read. A grapheme longer than this, for example with a hundred marks, is
/// cut to its base.
constexpr int max_name = 200;
constexpr int max_grapheme = 24;

bool can_stand_alone(UChar32 c) {
  const auto kind = u_charType(c);
  // Hangul fillers and the empty Braille cell are letters, but blank.
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || c == 0x2800) return false;
  return u_isgraph(c) && kind != U_FORMAT_CHAR && kind != U_NON_SPACING_MARK && kind != U_ENCLOSING_MARK &&
         kind != U_COMBINING_SPACING_MARK && kind != U_SURROGATE && kind != U_PRIVATE_USE_CHAR &&
         kind != U_UNASSIGNED;
}

/// Stacks the next consonant under this one.
constexpr char16_t khmer_coeng = 0x17D2;

/// Returns whether the letters of the script neither join nor are words. Two of them side by side are then
/// two initials.
bool letters_stand_apart(UChar32 c) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_LATIN:
    case USCRIPT_GREEK:
    case USCRIPT_CYRILLIC:
    case USCRIPT_ARMENIAN:
    case USCRIPT_GEORGIAN:
    case USCRIPT_HEBREW:
    case USCRIPT_COMMON:  // digits
      return true;
    default:
      return false;
  }
}

struct Word {
  icu::UnicodeString first_letter;
};
struct Reading {
  std::vector<Word> words;           // only words with a letter or digit
  icu::UnicodeString first_visible;  // first visible sign of the whole name
};

Reading read(const icu::UnicodeString& name) {
  Reading reading;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> graphemes(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  if (U_FAILURE(status)) return reading;
  graphemes->setText(name);
  bool in_word = false;
  for (int from = graphemes->first(), to = graphemes->next(); to != icu::BreakIterator::DONE;
       from = to, to = graphemes->next()) {
    const UChar32 base = name.char32At(from);
    if (u_isUWhiteSpace(base)) in_word = false;
    if (!can_stand_alone(base)) continue;
    icu::UnicodeString grapheme = name.tempSubStringBetween(from, to);
    // In Thai and Lao some vowels are written before their consonant. Such a vowel needs its consonant to be
    // an initial.
    bool leans = u_hasBinaryProperty(base, UCHAR_LOGICAL_ORDER_EXCEPTION) != 0;
    while ((leans || grapheme.endsWith(khmer_coeng)) && grapheme.length() < max_grapheme &&
           to < name.length() && u_isalnum(name.char32At(to))) {
      to = graphemes->next();
      grapheme = name.tempSubStringBetween(from, to);
      leans = false;
    }
    if (grapheme.length() > max_grapheme) grapheme = icu::UnicodeString(base);
    if (reading.first_visible.isEmpty()) reading.first_visible = grapheme;
    if (in_word || !u_isalnum(base)) continue;
    reading.words.push_back({grapheme});
    in_word = true;
  }
  return reading;
}

/// Appends the first letter in title case: ǆ becomes ǅ, ß stays.
void append_title(icu::UnicodeString& out, const icu::UnicodeString& grapheme) {
  const UChar32 base = grapheme.char32At(0);
  const UChar32 title = uscript_hasScript(base, USCRIPT_GEORGIAN) ? base : u_totitle(base);
  out.append(title).append(grapheme, U16_LENGTH(base), grapheme.length() - U16_LENGTH(base));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string initials_of(std::string_view name) {
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int>(name.size())));
  if (text.length() > max_name) text.truncate(text.getChar32Start(max_name));
  const Reading reading = read(text);
  icu::UnicodeString out;
  if (!reading.words.empty()) {
    const icu::UnicodeString& first = reading.words.front().first_letter;
    const icu::UnicodeString& last = reading.words.back().first_letter;
    append_title(out, first);
    const bool two = reading.words.size() > 1 && letters_stand_apart(first.char32At(0)) &&
                     letters_stand_apart(last.char32At(0));
    if (two) append_title(out, last);
  } else {
    out = reading.first_visible;
  }
  std::string utf8;
  out.toUTF8String(utf8);
  return utf8.empty() ? "?" : utf8;
}

std::string draw_initials(std::string_view username, std::string_view nickname) {
  const auto digest = sha256(username);
  const double hue = (digest[0] << 8 | digest[1]) % 360;
  const std::string initials = initials_of(nickname.empty() ? username : nickname);
  const icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(initials.data(), static_cast<int>(initials.size())));
  const bool one = text.countChar32() < 2;
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\" width=\"256\" height=\"256\" "
      "role=\"img\"><defs><linearGradient id=\"g\" x1=\"0\" y1=\"0\" x2=\"1\" y2=\"1\"><stop stop-color=\"";
  svg += hex(background_for_white(hue, 0.55)) + "\"/><stop offset=\"1\" stop-color=\"";
  svg += hex(background_for_white(hue + 40, 0.6)) +
         "\"/></linearGradient></defs><rect width=\"100\" height=\"100\" fill=\"url(#g)\"/>"
         "<text x=\"50\" y=\"50\" dy=\".36em\" text-anchor=\"middle\" fill=\"#ffffff\" font-weight=\"600\" "
         "font-family=\"'Inter','Segoe UI','Noto Sans',system-ui,sans-serif\" font-size=\"";
  svg += one ? "50" : "40";
  svg += "\">" + escaped(initials) + "</text></svg>";
  return svg;
}

}  // namespace papi::profiles
