#include "profiles/initials.hpp"

#include <gtest/gtest.h>
#include <libxml/parser.h>

#include "platform/base/handle.hpp"
#include "platform/base/random.hpp"
#include "profiles/colour.hpp"
#include "profiles/drawn_avatar.hpp"

namespace papi::profiles {
namespace {

using XmlDocument = Handle<xmlDoc, xmlFreeDoc>;

bool is_xml(const std::string& text) {
  const XmlDocument document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, "UTF-8",
                                           XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET));
  return document != nullptr;
}

TEST(Initials, of_each_script) {
  const std::pair<const char*, const char*> names[] = {
      {"Ann Miller", "AM"},
      {"ann", "A"},
      {"  josé  maría  ruiz ", "JR"},
      {"e\u0301mile zola", "E\u0301Z"},  // the accent is a separate mark
      {"ßeta ǆ", "ßǅ"},
      {"Иван Петров", "ИП"},
      {"Γιώργος", "Γ"},
      {"ქეთევან", "ქ"},
      {"נועה לוי", "נל"},
      {"محمد علي", "م"},
      {"अनिका शर्मा", "अ"},
      {"小明", "小"},
      {"เอกชัย", "เอ"},  // the vowel is written before its consonant
      {"ไอซ์", "ไอ"},
      {"ໂຕ້", "ໂຕ້"},
      {"ខ្មែរ", "ខ្មែ"},      // a consonant below another one
      {"\u3164 Ann", "A"},  // the "invisible name"
      {"\u3164\u115F\u2800", "?"},
      {"さくら 田中", "さ"},
      {"김민준", "김"},
      {"👑 King", "K"},
      {"👩‍👩‍👧", "👩‍👩‍👧"},
      {"🇧🇷🇧🇷", "🇧🇷"},
      {"<&\"'>", "<"},
      {"&", "&"},
      {"\u202Eabc", "A"},
      {"\u200B\u0301", "?"},
      {"", "?"},
      {"1 2", "12"},
      {"\xFF\xFE", "\uFFFD"},
  };
  for (const auto& [name, initials] : names) EXPECT_EQ(initials_of(name), initials) << name;
}

TEST(Initials, a_grapheme_of_a_hundred_marks_is_its_base) {
  std::string name = "z";
  for (int i = 0; i < 100; ++i) name += "\u0301";
  EXPECT_EQ(initials_of(name), "Z");
}

TEST(Initials, are_readable_on_every_hue) {
  const Colour white{1, 1, 1};
  for (int hue = 0; hue < 400; ++hue) EXPECT_GE(contrast(background_for_white(hue, 0.6), white), 4.5) << hue;
  EXPECT_NEAR(contrast(white, Colour()), 21, 0.01);
  EXPECT_EQ(hex(from_hsl(0, 1, 0.5)), "#ff0000");
  EXPECT_EQ(hex(from_hsl(210, 0.5, 0.4)), "#336699");
}

TEST(Initials, pictures_are_xml_whatever_the_name) {
  for (const char* name :
       {"<script>alert(1)</script>", "&lt;", "\"'<>&", "\x01\x02", "", "\u202E", "\uFFFE"}) {
    EXPECT_TRUE(is_xml(draw_initials("ann", name))) << name;
  }
  Random random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string name;
    for (auto left = random.between(0, 12); left > 0; --left)
      name += static_cast<char>(random.between(0, 255));
    EXPECT_TRUE(is_xml(draw_initials("ann", name))) << testing::PrintToString(name);
  }
}

TEST(DrawnFace, is_the_names_own_and_always_the_same) {
  EXPECT_EQ(draw_face("ann"), draw_face("ann"));
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string svg = draw_face("user" + std::to_string(i));
    ASSERT_TRUE(is_xml(svg));
    EXPECT_LT(svg.size(), 6000U);
    seen.insert(svg);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(DrawnFace, has_nothing_left_to_fill_in) {
  for (int i = 0; i < 300; ++i) {
    const std::string svg = draw_face("user" + std::to_string(i));
    for (const char* left : {"\"S\"", "\"D\"", "\"H\"", "\"A\"", "\"I\"", "'"})
      EXPECT_EQ(svg.find(left), std::string::npos) << left;
  }
}

}  // namespace
}  // namespace papi::profiles
