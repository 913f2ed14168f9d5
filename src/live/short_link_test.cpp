#include "live/short_link.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

const ShortLink link{"vm.tiktok.com", "/ZMabc123/"};

TikTokHosts stand_in() {
  TikTokHosts hosts;
  hosts.web = "http://127.0.0.1:9100";
  return hosts;
}

}  // namespace

TEST(ShortLink, asks_its_own_host_or_the_one_that_stands_in) {
  EXPECT_EQ(short_link_url(link, TikTokHosts()), "https://vm.tiktok.com/ZMabc123/");
  EXPECT_EQ(short_link_url(link, stand_in()), "http://127.0.0.1:9100/ZMabc123/");
  EXPECT_EQ(short_link_url({"www.tiktok.com", "/t/ZTabc/"}, stand_in()), "http://127.0.0.1:9100/t/ZTabc/");
}

TEST(ShortLink, leads_to_a_person_or_a_room) {
  for (const char* location :
       {"https://www.tiktok.com/@Ann/live?_r=1", "https://m.tiktok.com/@ann", "/@ann/live",
        "//www.tiktok.com/@ann", "http://127.0.0.1:9100/@ann/live", "HTTPS://www.TikTok.com/@ann/video/1"}) {
    const auto reference = read_short_link(link, 301, location, stand_in());
    ASSERT_TRUE(reference) << location << ": " << reference.error().message;
    EXPECT_EQ(reference->username(), "ann") << location;
  }
  const auto room =
      read_short_link(link, 302, "https://m.tiktok.com/share/live/7300000000000000001/?x=1", TikTokHosts());
  ASSERT_TRUE(room);
  EXPECT_EQ(room->room_id(), events::RoomId(7'300'000'000'000'000'001));
}

TEST(ShortLink, every_other_answer_is_an_error_of_its_kind) {
  struct Row {
    long status;
    const char* location;
    ErrorCode code;
  };
  for (const Row& row : {Row{301, "https://evil.example/@ann", ErrorCode::validation},
                         Row{301, "https://www.tiktok.com.evil.example/@ann", ErrorCode::validation},
                         Row{301, "https://www.tiktok.com@evil.example/@ann", ErrorCode::validation},
                         Row{301, "http://127.0.0.1:9101/@ann", ErrorCode::validation},
                         Row{301, "http://127.0.0.1:9100.evil.example/@ann", ErrorCode::validation},
                         Row{301, "snssdk1233://user/profile/1", ErrorCode::validation},
                         Row{301, "https://www.tiktok.com/", ErrorCode::validation},
                         Row{301, "https://www.tiktok.com/tag/quiz", ErrorCode::validation},
                         Row{301, "https://www.tiktok.com/t/ZTagain/", ErrorCode::validation},
                         Row{301, "", ErrorCode::validation}, Row{200, "", ErrorCode::validation},
                         Row{404, "", ErrorCode::validation},
                         Row{302, "https://www.tiktok.com/login?redirect_url=x", ErrorCode::blocked},
                         Row{403, "", ErrorCode::blocked}, Row{429, "", ErrorCode::blocked},
                         Row{500, "", ErrorCode::upstream_error}}) {
    const auto reference = read_short_link(link, row.status, row.location, stand_in());
    ASSERT_FALSE(reference) << row.status << " " << row.location;
    EXPECT_EQ(reference.error().code, row.code) << row.status << " " << row.location;
  }
  const Error away = read_short_link(link, 301, "https://evil.example/", stand_in()).error();
  EXPECT_EQ(
      away.message,
      "username: https://vm.tiktok.com/ZMabc123/ leads to no page of TikTok's; give the person's name or "
      "the room_id instead");
  EXPECT_EQ(away.details().field, "username");
  EXPECT_EQ(away.details().faults.size(), 1u);
  EXPECT_FALSE(read_short_link(link, 301, "http://127.0.0.1:9100/@ann", TikTokHosts()))
      << "only where that host stands in";
}

}  // namespace papi::live
