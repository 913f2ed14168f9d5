#include "platform/base/json_writer.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace papi {
namespace {

namespace json = boost::json;

std::string json_string(std::string_view text) {
  std::string out = "before:";
  append_json_string(out, text);
  return out.substr(7);
}

std::string log_string(std::string_view text) {
  std::string out = "before:";
  append_log_string(out, text);
  return out.substr(7);
}

}  // namespace

TEST(JsonWriter, a_foreign_parser_reads_back_each_ascii_character_at_each_place) {
  for (const char* around : {"", "a", "abcdefg", "abcdefgh", "abcdefghi"}) {
    for (int c = 0; c < 128; ++c) {
      const std::string text = std::string(around) + static_cast<char>(c) + around;
      EXPECT_EQ(json::parse(json_string(text)).as_string(), text) << c << " in " << around;
      EXPECT_EQ(json::parse(log_string(text)).as_string(), text) << c << " in " << around;
    }
  }
}

TEST(JsonWriter, plain_text_is_written_as_it_is) {
  std::string plain;
  for (char c = ' '; c < 0x7F; ++c) {
    if (c != '"' && c != '\\') plain += c;
  }
  EXPECT_EQ(json_string(plain), '"' + plain + '"');
  EXPECT_EQ(log_string(plain), '"' + plain + '"');
  EXPECT_EQ(json_string(""), "\"\"");
}

TEST(JsonWriter, only_a_log_escapes_what_a_terminal_obeys) {
  EXPECT_EQ(json_string("abcdefg\x7F"), "\"abcdefg\x7F\"");
  EXPECT_EQ(log_string("abcdefg\x7F"), "\"abcdefg\\u007f\"");
  EXPECT_EQ(json_string("a\u202Eb"), "\"a\u202Eb\"");
  EXPECT_EQ(log_string("a\u202Eb"), "\"a\\u202eb\"");
  EXPECT_EQ(json_string("é€𝄞"), "\"é€𝄞\"");
  EXPECT_EQ(log_string("é€𝄞"), "\"é€𝄞\"");
}

TEST(JsonWriter, a_byte_that_is_not_utf8_becomes_the_replacement_character) {
  EXPECT_EQ(json_string("abcdefgh\xFF"), "\"abcdefgh\xEF\xBF\xBD\"");
  EXPECT_EQ(log_string("\x80"), "\"\xEF\xBF\xBD\"");
}

TEST(JsonWriter, places_the_commas_of_an_object) {
  std::string out;
  JsonWriter object(out);
  object.open();
  object.field("a", "x\"y");
  object.field("b", 7);
  object.open("c");
  object.field("d", true);
  object.close();
  object.texts_field("e", std::vector<std::string>{"1", "2"});
  object.id_field("f", 9'007'199'254'740'993);
  object.close();
  EXPECT_EQ(out, R"({"a":"x\"y","b":7,"c":{"d":true},"e":["1","2"],"f":"9007199254740993"})");
}

}  // namespace papi
