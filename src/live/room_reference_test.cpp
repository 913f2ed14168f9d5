#include "live/room_reference.hpp"

#include <gtest/gtest.h>

namespace papi::live {

TEST(RoomReference, takes_every_way_of_writing_a_name) {
  for (const char* text : {"ann.1_x",
                           "@ann.1_x",
                           " @ann.1_x ",
                           "ANN.1_x",
                           "@Ann.1_X",
                           "@ann.1_x/live",
                           "%40ann.1_x",
                           "\xEF\xBC\xA0"
                           "ann.1_x",
                           "%EF%BC%A0ann.1_x",
                           "https://www.tiktok.com/@ann.1_x",
                           "https://www.tiktok.com/@Ann.1_X/live?lang=en",
                           "http://tiktok.com/@ann.1_x",
                           "tiktok.com/@ann.1_x/live",
                           "www.tiktok.com/@ann.1_x",
                           "m.tiktok.com/@ann.1_x",
                           "HTTPS://WWW.TikTok.COM/@ann.1_x",
                           "WWW.TIKTOK.COM/@ann.1_x",
                           "//www.tiktok.com/@ann.1_x",
                           "https://www.tiktok.com:443/@ann.1_x",
                           "https://www.tiktok.com//@ann.1_x",
                           "https://www.tiktok.com/%40ann.1_x/live",
                           "https://www.tiktok.com/\xEF\xBC\xA0"
                           "ann.1_x",
                           "https://www.tiktok.com/%EF%BC%A0ann.1_x",
                           "https://www.tiktok.com/@ann.1_x#top",
                           "https://www.tiktok.com/@ann.1_x/video/7300000000000000001?is_from_webapp=1"}) {
    const auto reference = RoomReference::parse_username(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(reference->username(), "ann.1_x") << text;
    EXPECT_EQ(reference->key(), "ann.1_x") << text;
    EXPECT_EQ(reference->text(), "@ann.1_x") << text;
    EXPECT_FALSE(reference->short_link()) << text;
  }
  EXPECT_EQ(RoomReference::parse_username("test-user")->username(), "test-user");
  EXPECT_EQ(RoomReference::parse_username("ab")->username(), "ab");
  EXPECT_EQ(RoomReference::parse_username("@tiktok.com")->username(), "tiktok.com");
  EXPECT_TRUE(RoomReference::parse_username("a23456789012345678901234")) << "24 characters";
}

TEST(RoomReference, follows_no_stranger) {
  for (const char* text : {"",
                           "a",
                           "@",
                           "a b",
                           "a2345678901234567890123_5",
                           "@@ann",
                           "anné",
                           "https://evil.example/@ann",
                           "https://www.tiktok.com.evil.example/@ann",
                           "https://eviltiktok.com/@ann",
                           "https://www.tiktok.com@evil.example/@ann",
                           "https://evil.example\\@www.tiktok.com/@ann",
                           "https://www.tiktok.com",
                           "https://www.tiktok.com/",
                           "www.tiktok.com",
                           "tiktok.com",
                           "https://www.tiktok.com/tag/quiz",
                           "https://www.tiktok.com/foryou",
                           "https://www.tiktok.com/live",
                           "https://www.tiktok.com/explore?lang=en",
                           "tiktok.com/ann",
                           "https://www.tiktok.com/en/@ann",
                           "https://www.tiktok.com/search?q=@ann",
                           "https://www.tiktok.com/@",
                           "https://www.tiktok.com/@a",
                           "https://m.tiktok.com/h5/share/usr/6800000000000000001.html",
                           "m.tiktok.com/v/6800000000000000001.html",
                           "https://www.tiktok.com/share/live/",
                           "https://www.tiktok.com/share/live/0",
                           "https://www.tiktok.com/share/live/7e5",
                           "https://www.tiktok.com/share/video/7300000000000000001",
                           "https://vm.tiktok.com/",
                           "https://vm.tiktok.com/ZM/x/y",
                           "https://www.tiktok.com/t/",
                           "ann/live"}) {
    const auto reference = RoomReference::parse_username(text);
    ASSERT_FALSE(reference) << text;
    EXPECT_EQ(reference.error().code, ErrorCode::validation) << text;
    EXPECT_EQ(reference.error().details().field, "username") << text;
    EXPECT_NE(reference.error().message.find("https://www.tiktok.com/@name"), std::string::npos)
        << "the remedy: " << reference.error().message;
  }
}

TEST(RoomReference, a_shared_live_address_is_that_room) {
  for (const char* text : {"https://www.tiktok.com/share/live/7300000000000000001",
                           "https://m.tiktok.com/share/live/7300000000000000001/?lang=de&_r=1",
                           "tiktok.com/share/live/7300000000000000001"}) {
    const auto reference = RoomReference::parse_username(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(reference->room_id(), events::RoomId(7'300'000'000'000'000'001)) << text;
    EXPECT_EQ(reference->username(), "") << text;
    EXPECT_EQ(reference->key(), RoomReference::parse_room_id("7300000000000000001")->key());
  }
}

TEST(RoomReference, knows_short_links) {
  struct Row {
    const char* text;
    const char* host;
    const char* path;
  };
  for (const Row& row : {Row{"https://vm.tiktok.com/ZMabc123/", "vm.tiktok.com", "/ZMabc123/"},
                         Row{"vm.tiktok.com/ZMabc123", "vm.tiktok.com", "/ZMabc123/"},
                         Row{"HTTPS://VT.tiktok.com/ZSx9?k=1", "vt.tiktok.com", "/ZSx9/"},
                         Row{"https://www.tiktok.com/t/ZTabc123/", "www.tiktok.com", "/t/ZTabc123/"},
                         Row{"tiktok.com/t/ZTabc123", "www.tiktok.com", "/t/ZTabc123/"}}) {
    const auto reference = RoomReference::parse_username(row.text);
    ASSERT_TRUE(reference) << row.text;
    ASSERT_TRUE(reference->short_link()) << row.text;
    EXPECT_EQ(reference->short_link()->host, row.host) << row.text;
    EXPECT_EQ(reference->short_link()->path, row.path) << row.text;
  }
  EXPECT_EQ(RoomReference::parse_username("https://vm.tiktok.com/@ann")->username(), "ann");
}

TEST(RoomReference, room_numbers_are_exact) {
  EXPECT_EQ(RoomReference::parse_room_id("7300000000000000001")->room_id(),
            events::RoomId(7'300'000'000'000'000'001));
  EXPECT_EQ(RoomReference::parse_room_id(" 9007199254740993 ")->room_id(),
            events::RoomId(9'007'199'254'740'993));
  EXPECT_EQ(RoomReference::parse_room_id("18446744073709551615")->room_id(),
            events::RoomId(18'446'744'073'709'551'615u));
  EXPECT_EQ(RoomReference::parse_room_id("73")->text(), "room 73");
  for (const char* text : {"", "0", "7e5", "-1", "7.0", "18446744073709551616"})
    EXPECT_FALSE(RoomReference::parse_room_id(text)) << text;
}

}  // namespace papi::live
