#include "live/display_text.hpp"

#include "live/message_builder.hpp"

namespace papi::live {

TEST(DisplayText, fills_each_slot_with_its_piece_whatever_their_order) {
  const std::string ann = user(7, "Ann", "ann.1");
  const std::string bytes =
      display_text("pm_x", "No. {1:string} is {0:user}, {0:user}!", {user_piece(ann), string_piece("12")});
  const DisplayText words = read_display_text(bytes);
  EXPECT_EQ(words.text, "No. 12 is Ann, Ann!");
  EXPECT_EQ(words.key, "pm_x");
  EXPECT_EQ(words.user, ann);
  EXPECT_EQ(words.number, "12");
}

TEST(DisplayText, shows_gifts_hearts_and_other_patterns_and_nothing_for_an_image) {
  const std::string gift =
      message({{1, 12}, {22, message({{1, 9101}, {2, message({{1, "k"}, {2, "Lion"}})}})}});
  const std::string heart = message({{1, 13}, {23, message({{1, "#fff"}})}});
  const std::string pattern = message({{1, 14}, {24, message({{1, "k"}, {2, "a {0:user} team"}})}});
  const std::string image = message({{1, 15}, {25, message({{1, message({{2, "uri"}})}})}});
  EXPECT_EQ(read_display_text(display_text("k", "{0:gift}|{1:heart}|{2:pattern_ref}|{3:image}|",
                                           {gift, heart, pattern, image}))
                .text,
            "Lion|\u2665|a  team||");
}

TEST(DisplayText, a_missing_piece_is_empty_and_no_slot_is_ever_shown) {
  EXPECT_EQ(
      read_display_text(display_text("k", "{0:user} joined {7:string}{x:y}{}{99999999999999999999:user}."))
          .text,
      " joined .");
  EXPECT_EQ(read_display_text(display_text("k", "{0:user}", {message({{1, 11}})})).text, "");
}

TEST(DisplayText, braces_that_are_no_slot_and_braces_in_a_name_stay) {
  EXPECT_EQ(read_display_text(display_text("k", "a { b } {0:string", {string_piece("x")})).text,
            "a { b } {0:string");
  EXPECT_EQ(read_display_text(display_text("k", "{0:user}!", {user_piece(user(1, "{1:string}", ""))})).text,
            "{1:string}!");
}

TEST(DisplayText, a_person_without_a_nickname_is_named_by_username_or_number) {
  EXPECT_EQ(read_display_text(display_text("k", "{0:user}", {user_piece(user(5, "", "ann.1"))})).text,
            "ann.1");
  EXPECT_EQ(read_display_text(display_text("k", "{0:user}", {user_piece(user(5, "", ""))})).text, "user5");
}

TEST(DisplayText, the_32nd_piece_is_shown_and_the_33rd_is_not) {
  std::vector<std::string> pieces(33, string_piece("x"));
  EXPECT_EQ(read_display_text(display_text("k", "{31:string}{32:string}", pieces)).text, "x");
}

TEST(DisplayText, a_pattern_that_repeats_a_long_piece_is_cut_at_8192_bytes) {
  std::string pattern;
  for (int i = 0; i < 1'000; ++i) pattern += "{0:string}";
  EXPECT_EQ(
      read_display_text(display_text("k", pattern, {string_piece(std::string(1'000, 'x'))})).text.size(),
      8'192u);
  EXPECT_EQ(read_display_text(display_text("k", std::string(8'192, 'y'))).text.size(), 8'192u);
  EXPECT_EQ(read_display_text(display_text("k", std::string(8'193, 'y'))).text.size(), 8'192u);
}

TEST(DisplayText, a_name_stands_in_for_the_first_piece_only_if_there_are_none) {
  EXPECT_EQ(read_display_text(display_text("k", "{0:user} and {1:user}"), "Viewer7").text, "Viewer7 and ");
  EXPECT_EQ(read_display_text(display_text("k", "{0:user}", {string_piece("Bob")}), "Viewer7").text, "Bob");
}

TEST(DisplayText, invalid_utf8_is_replaced) {
  EXPECT_EQ(read_display_text(display_text("k", "a\xC3")).text, "a\xEF\xBF\xBD");
}

TEST(DisplayText, keys_are_compared_in_any_case) {
  EXPECT_TRUE(contains_ignoring_case("ttlive_superFan_commentNotif", "ttlive_superfan"));
  EXPECT_FALSE(contains_ignoring_case("ttlive_super", "ttlive_superfan"));
}

}  // namespace papi::live
