#include "platform/log/logger.hpp"

#include <gtest/gtest.h>

namespace papi {

TEST(Logger, hidden_characters_of_a_value_are_escaped_in_both_forms) {
  struct Row {
    const char* value;
    const char* json;
    const char* text;
  };
  const Row rows[] = {
      {"plain", R"(,"f":"plain")", " f=plain"},
      {"two words", R"(,"f":"two words")", R"( f="two words")"},
      {"a\nb", R"(,"f":"a\nb")", R"( f="a\nb")"},
      {"a\x1B[2J\x7F", R"(,"f":"a\u001b[2J\u007f")", R"( f="a\u001b[2J\u007f")"},
      {"\u009B2J", R"(,"f":"\u009b2J")", R"( f="\u009b2J")"},
      {"a\u202Etxt.exe", R"(,"f":"a\u202etxt.exe")", R"( f="a\u202etxt.exe")"},
      {"\u2066\u061C\u200F", R"(,"f":"\u2066\u061c\u200f")", R"( f="\u2066\u061c\u200f")"},
      {"é…€", R"(,"f":"é…€")", R"( f="é…€")"},
      {"\xC2", ",\"f\":\"\xEF\xBF\xBD\"", " f=\"\xEF\xBF\xBD\""},
      {"\xE2\x80", ",\"f\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"", " f=\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
  };
  for (const Row& row : rows) {
    std::string json, text;
    append_log_field(json, LogFormat::json, {"f", row.value});
    append_log_field(text, LogFormat::text, {"f", row.value});
    EXPECT_EQ(json, row.json);
    EXPECT_EQ(text, row.text);
  }
}

}  // namespace papi
