#include "profiles/profile_page.hpp"

#include <gtest/gtest.h>

namespace papi::profiles {
namespace {

std::string script(const std::string& id, const std::string& json) {
  return "<html><body><script id=\"" + id + "\" type=\"application/json\">" + json +
         "</script></body></html>";
}
std::string universal(const std::string& detail) {
  return script("__UNIVERSAL_DATA_FOR_REHYDRATION__",
                R"({"__DEFAULT_SCOPE__":{"webapp.user-detail":)" + detail + "}}");
}
const std::string ann =
    R"({"uniqueId":"Ann.1","nickname":"Ann \u0026 Co","avatarLarger":"https:\u002F\u002Fp16.tiktokcdn.com\u002Fl.webp","avatarThumb":"https://p16.tiktokcdn.com/t.webp"})";

PageFound found(const std::string& html) {
  auto verdict = read_profile_page(html, "ann.1");
  EXPECT_TRUE(std::holds_alternative<PageFound>(verdict)) << verdict.index() << html;
  return std::holds_alternative<PageFound>(verdict) ? std::get<PageFound>(verdict) : PageFound();
}

TEST(ProfilePage, is_read_from_each_of_its_places) {
  const std::vector<std::string> pictures = {"https://p16.tiktokcdn.com/l.webp",
                                             "https://p16.tiktokcdn.com/t.webp"};
  for (const std::string& html :
       {universal(R"({"statusCode":0,"userInfo":{"user":)" + ann + "}}"),
        script("SIGI_STATE", R"({"UserModule":{"users":{"ann.1":)" + ann + "}}}"),
        script("SIGI_STATE", R"({"LiveRoom":{"liveRoomUserInfo":{"user":)" + ann + "}}}"),
        universal("{broken") + script("SIGI_STATE", R"({"UserModule":{"users":{"x":)" + ann + "}}}")}) {
    const PageFound page = found(html);
    EXPECT_EQ(page.nickname, "Ann & Co");
    EXPECT_EQ(page.pictures, pictures);
  }
  const PageFound page = found(
      "<html><h1 data-e2e=user-title> @Ann.1 </h1><h2 data-e2e='user-subtitle'>Ann &amp; Co</h2>"
      "<div data-e2e='user-avatar'><span><img "
      "src='https://p16.tiktokcdn.com/e.jpeg?x=1&amp;y=2'></span></div>");
  EXPECT_EQ(page.nickname, "Ann & Co");
  EXPECT_EQ(page.pictures, std::vector<std::string>{"https://p16.tiktokcdn.com/e.jpeg?x=1&y=2"});
}

TEST(ProfilePage, the_default_picture_is_no_face) {
  const std::string user =
      R"({"uniqueId":"ann.1","nickname":"Ann","avatarLarger":"https://p16.tiktokcdn.com/img/musically-maliva-obj/1594805258216454~c5_720x720.jpeg"})";
  const PageFound page = found(universal(R"({"userInfo":{"user":)" + user + "}}"));
  EXPECT_EQ(page.nickname, "Ann");
  EXPECT_TRUE(page.pictures.empty());
}

TEST(ProfilePage, of_nobody_says_so) {
  for (const char* code : {"10221", "10202"}) {
    const auto verdict =
        read_profile_page(universal(std::string(R"({"userInfo":{},"statusCode":)") + code + "}"), "ann.1");
    EXPECT_TRUE(std::holds_alternative<PageNoSuchUser>(verdict));
  }
}

TEST(ProfilePage, of_somebody_restricted_is_no_block_whatever_its_scripts_say) {
  const std::string scripts = "<script>loadCaptcha('captcha')</script>";
  const auto restricted =
      read_profile_page(universal(R"({"userInfo":{},"statusCode":10223})") + scripts, "ann.1");
  EXPECT_TRUE(std::holds_alternative<PageNoSuchUser>(restricted));
  const auto odd = read_profile_page(universal(R"({"userInfo":{},"statusCode":7})") + scripts, "ann.1");
  EXPECT_TRUE(std::holds_alternative<PageUnreadable>(odd));
}

TEST(ProfilePage, block_and_captcha_pages_are_recognised) {
  for (const char* html : {"<html><p id=\"wci\"></p><script>window.SlardarWAF={}</script>Please wait...",
                           "<html><div class='tiktok-verify-page'>", "<html><div id=captcha_container>",
                           "<html><body>Access Denied"}) {
    const auto verdict = read_profile_page(html, "ann.1");
    EXPECT_TRUE(std::holds_alternative<PageBlocked>(verdict)) << html;
  }
}

TEST(ProfilePage, a_page_that_can_be_read_is_not_blocked_by_its_words) {
  const std::string user = R"({"uniqueId":"ann.1","nickname":"captcha SlardarWAF"})";
  EXPECT_EQ(found(universal(R"({"userInfo":{"user":)" + user + "}}")).nickname, "captcha SlardarWAF");
}

TEST(ProfilePage, of_somebody_else_or_without_sense_is_unreadable) {
  const std::string bob = R"({"uniqueId":"bob","nickname":"Bob"})";
  for (const std::string& html :
       {universal(R"({"userInfo":{"user":)" + bob + "}}"), std::string(), std::string("<html></html>"),
        universal("[1,2"), script("SIGI_STATE", "7"), std::string(9 << 20, 'x'), std::string(3000, '<'),
        universal(std::string(5000, '['))}) {
    const auto verdict = read_profile_page(html, "ann.1");
    EXPECT_TRUE(std::holds_alternative<PageUnreadable>(verdict)) << html.substr(0, 300);
  }
}

TEST(ProfilePage, a_long_name_is_cut_between_characters) {
  std::string name;
  for (int i = 0; i < 150; ++i) name += "ü";
  const PageFound page =
      found(universal(R"({"userInfo":{"user":{"uniqueId":"ann.1","nickname":")" + name + "\"}}}"));
  EXPECT_EQ(page.nickname, name.substr(0, 200));
}

}  // namespace
}  // namespace papi::profiles
