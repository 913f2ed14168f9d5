#include "profiles/profile_cache.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace papi::profiles {
namespace {

Image image_of(const std::string& bytes) {
  Image image;
  image.header = {ImageType::png, 72, 72};
  image.bytes = bytes;
  image.hash = bytes;
  return image;
}

TEST(ProfileCache, forgets_what_was_not_asked_for_longest_and_keeps_its_bounds) {
  const auto entry = [](const std::string& name, std::size_t size) {
    Profile profile;
    profile.username = name;
    return std::make_shared<const ProfileEntry>(
        profile, std::make_shared<const Image>(image_of(std::string(size, 'x'))));
  };
  ProfileCache cache({3, 100'000});
  for (const char* name : {"a", "b", "c"}) cache.put(entry(name, 10));
  EXPECT_TRUE(cache.find("a"));
  cache.put(entry("d", 10));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_EQ(cache.hits(), 0U) << "nobody has asked";
  cache.count_request(true);
  cache.count_request(true);
  cache.count_request(false);
  EXPECT_EQ(cache.hits(), 2U);
  EXPECT_EQ(cache.misses(), 1U);
  EXPECT_EQ(cache.evictions(), 1U);
  cache.put(entry("e", 30'000));
  EXPECT_LE(cache.bytes(), 100'000U);
  cache.put(entry("huge", 90'000));  // with its data URL larger than the whole cache
  EXPECT_FALSE(cache.find("huge"));
  for (const char* name : {"a", "b", "c", "d", "e"}) cache.erase(name);
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ProfileEntry, its_picture_is_linked_below_a_prefix_and_nothing_else_changes) {
  Profile profile;
  profile.username = "ann";
  profile.nickname = R"(,"avatar_url":"/evil)";
  profile.image_hash = "0123456789abcdef0123";
  const ProfileEntry entry(profile, std::make_shared<const Image>(image_of("x")));
  const auto object = [](const std::string& text) { return json::parse(text).as_object(); };
  EXPECT_EQ(object(entry.json).at("avatar_url"), "/profile/ann/avatar?v=0123456789abcdef");
  json::object below = object(entry.json_below("/tiktok"));
  EXPECT_EQ(below.at("avatar_url"), "/tiktok/profile/ann/avatar?v=0123456789abcdef");
  below["avatar_url"] = object(entry.json).at("avatar_url");
  EXPECT_EQ(below, object(entry.json));
}

}  // namespace
}  // namespace papi::profiles
