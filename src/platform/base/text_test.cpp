#include "platform/base/text.hpp"

#include "platform/base/clock.hpp"

#include <gtest/gtest.h>

#include "platform/base/clock.hpp"
#include "platform/base/json_writer.hpp"
#include "tests/local_zone.hpp"

namespace papi {

TEST(Text, replaces_each_byte_that_is_not_utf8) {
  EXPECT_EQ(to_utf8("ok \xC3\xA9"), "ok \xC3\xA9");
  EXPECT_EQ(to_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_FALSE(is_utf8("\xC0\xAF")) << "overlong form";
  EXPECT_FALSE(is_utf8("\xED\xA0\x80")) << "surrogate";
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80")) << "above U+10FFFF";
  EXPECT_FALSE(is_utf8("\xE2\x82")) << "cut off";
}

TEST(Text, what_a_terminal_obeys_and_a_reader_does_not_see_is_shown_as_a_number) {
  const std::pair<const char*, const char*> rows[] = {
      {"a\x1B[2Jb", "a\\u001b[2Jb"},
      {"a\x7F", "a\\u007f"},
      {"\u0080\u0085\u009B", "\\u0080\\u0085\\u009b"},
      {"\u061C", "\\u061c"},
      {"\u200E\u200F", "\\u200e\\u200f"},
      {"\u2028\u2029\u202A\u202E", "\\u2028\\u2029\\u202a\\u202e"},
      {"\u2066\u2069", "\\u2066\\u2069"},
  };
  for (const auto& [text, shown] : rows) {
    EXPECT_TRUE(has_hidden(text)) << shown;
    EXPECT_EQ(visible(text), shown);
  }
  // Neighbours of hidden characters, the joiners of emoji sequences, and scripts that are written from right
  // to left.
  for (const char* text : {"plain", "\u00A0\u00AD", "\u061B\u061D", "\u200B\u200C\u200D\u2010",
                           "\u2027\u202F", "\u2065\u206A", "שלום", "👨‍👩‍👧", "é€𝄞"}) {
    EXPECT_FALSE(has_hidden(text)) << text;
    EXPECT_EQ(visible(text), text);
  }
  EXPECT_EQ(visible("a\tb\n"), "a\tb\n");
}

TEST(Text, plain_is_printable_ascii_that_json_does_not_escape) {
  for (std::size_t size = 0; size < 20; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      for (int c = 0; c < 256; ++c) {
        const std::string text = std::string(at, '~') + static_cast<char>(c) + std::string(size - at, ' ');
        const bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
        ASSERT_EQ(is_plain(text), plain) << c << " at " << at << " of " << size + 1;
      }
    }
  }
  EXPECT_TRUE(is_plain(""));
  EXPECT_TRUE(is_plain(std::string_view()));
}

TEST(Text, percent_decoding_undoes_percent_encoding_for_every_byte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_FALSE(percent_decode("%4"));
  EXPECT_FALSE(percent_decode("%zz"));
  EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(Text, a_bad_byte_is_found_wherever_it_stands) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    EXPECT_TRUE(is_utf8(text));
    text[at] = '\xFF';
    EXPECT_FALSE(is_utf8(text)) << at;
  }
  EXPECT_TRUE(
      is_utf8("seven77\xC3\xA9"
              "and more than eight"));
}

TEST(Text, base64_is_that_of_rfc_4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xEF\xBE\xFF"), "++++/w==");
}

TEST(Text, base64_decoding_undoes_encoding_at_every_length) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(base64_decode(base64(bytes)), bytes);
    bytes += static_cast<char>(i * 7 + 128);
  }
  EXPECT_FALSE(base64_decode("a*b="));
}

TEST(Text, edit_distance_counts_single_edits) {
  EXPECT_EQ(edit_distance("LOG_LEVL", "LOG_LEVEL"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(JsonWriter, escapes_what_json_demands_and_keeps_64_bit_ids_as_strings) {
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("text", "a\"b\\c\n\x01\xFF");
  out.id_field("id", std::uint64_t{18446744073709551615u});
  out.open_array("list");
  out.element("x");
  out.element("y");
  out.close_array();
  out.texts_field("texts", std::vector<std::string>{"a", "\n"});
  out.texts_field("none", std::vector<std::string_view>());
  out.field("flag", true);
  out.close();
  EXPECT_EQ(json,
            "{\"text\":\"a\\\"b\\\\c\\n\\u0001\xEF\xBF\xBD\",\"id\":\"18446744073709551615\",\"list\":[\"x\","
            "\"y\"],\"texts\":[\"a\",\"\\n\"],\"none\":[],\"flag\":true}");
}

TEST(Clock, writes_the_formats_of_its_readers) {
  const test::LocalZone utc("UTC");
  const UnixMs time = 1'763'907'360'007;
  EXPECT_EQ(rfc3339(time), "2025-11-23T14:16:00.007Z");
  EXPECT_EQ(http_date(time), "Sun, 23 Nov 2025 14:16:00 GMT");
  std::string line;
  append_log_time(line, time);
  EXPECT_EQ(line, "2025-11-23 14:16:00.007");
}

TEST(Clock, rfc3339_is_read_back_with_offsets_and_without_milliseconds) {
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20.123Z"), 1'700'000'000'123);
  EXPECT_EQ(parse_rfc3339("2023-11-14T22:13:20Z"), 1'700'000'000'000);
  EXPECT_EQ(parse_rfc3339("2023-11-15T00:13:20.5+02:00"), 1'700'000'000'500);
  EXPECT_EQ(parse_rfc3339(rfc3339(1'700'000'000'123)), 1'700'000'000'123);
  for (const char* wrong : {"", "now", "2023-11-14", "2023-13-14T22:13:20Z", "2023-02-30T22:13:20Z",
                            "2023-11-14T25:13:20Z", "2023-11-14T22:13:20", "2023-11-14T22:13:20+2:00"}) {
    EXPECT_FALSE(parse_rfc3339(wrong)) << wrong;
  }
}

}  // namespace papi
