#include "platform/base/unicode.hpp"

#include <gtest/gtest.h>

namespace papi {

TEST(Unicode, a_search_minds_neither_case_nor_width_nor_spelling) {
  const std::pair<const char*, const char*> rows[] = {
      {"HeLLo", "hello"},
      {"ПРИВЕТ", "привет"},
      {"STRASSE", "straße"},
      {"ＱＵＩＺ１", "quiz1"},  // full width
      {"ﾃｽﾄ", "テスト"},        // half width
      {"cafe\u0301", "café"},   // two code points, and one
      {"ﬁn", "fin"},            // a ligature
      {"Ⅷ", "viii"},
      {"x²", "x2"},
      {"𝓗𝓲", "hi"},                  // mathematical letters
      {"so\u00ADft\u200B", "soft"},  // characters that are never seen
      {"ΟΔΟΣ", "οδος"},
  };
  for (const auto& [typed, said] : rows) EXPECT_EQ(fold_for_search(typed), fold_for_search(said)) << typed;
  EXPECT_EQ(fold_for_search("\u00AD\u200B"), "");
  EXPECT_NE(fold_for_search("café"), fold_for_search("cafe"));
}

TEST(Unicode, a_password_is_one_however_a_system_types_it) {
  const std::pair<const char*, const char*> rows[] = {
      {"correct horse battery", "correct horse battery"},
      {"MiXed Case !\"#$%&/()=~", "MiXed Case !\"#$%&/()=~"},
      {"caf\u00E9", "caf\u00E9"},
      {"cafe\u0301", "caf\u00E9"},
      {"a\u00A0b\u2003c\u3000d\u1680e", "a b c d e"},
      {"\uAC00", "\uAC00"},
      {"\u1100\u1161", "\uAC00"},
      {"ＷＩＤＥ ﬁ", "ＷＩＤＥ ﬁ"},  // neither width nor compatibility is mapped
      {"π÷∞ 😀", "π÷∞ 😀"},
      {"\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937"},
      {"می\u200Cخواهم", "می\u200Cخواهم"},
  };
  for (const auto& [typed, same] : rows) EXPECT_EQ(opaque_string(typed), same) << typed;
}

TEST(Unicode, what_a_password_may_not_hold_is_refused) {
  for (const char* wrong : {"",       "tab\there", "line\n", "\x7F",     "\x1B[2J",  "\u0085",   "\u00AD",
                            "\u200B", "\u202E",    "\u2066", "\uFEFF",   "\uFE0F",   "\u2028",   "\uE000",
                            "\u0378", "\uFFFF",    "\u1100", "a\u200Db", "a\u200Cb", "\xC3\x28", "\xFF"})
    EXPECT_EQ(opaque_string(wrong), std::nullopt) << wrong;
  std::string every;
  for (char c = ' '; c < 0x7F; ++c) every += c;
  EXPECT_EQ(opaque_string(every), every) << "ASCII stays as it is";
}

}  // namespace papi
