#include "events/picture_keys.hpp"

#include <gtest/gtest.h>

#include <set>

namespace papi::events {
namespace {

PictureKeys keys_of_test(char first = 0) {
  std::string secret(32, '\0');
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<char>(i);
  secret[0] = first;
  return PictureKeys(Secret(secret));
}

constexpr UserId someone(6'800'000'000'000'000'001);

}  // namespace

// The expected keys were computed with Python's hmac module from the secret 00 01 … 1f.
TEST(PictureKeys, follow_from_the_user_id_and_the_secret_as_documented) {
  const PictureKeys keys = keys_of_test();
  EXPECT_EQ(keys.key_of(UserId(1)), "XZWRwx4Rqucpw4j8QKtTaU2KSUUta0Fo");
  EXPECT_EQ(keys.key_of(someone), "AMU2IBwgftNPuNzjNWaFbmOYrwAMYVMj");
  EXPECT_EQ(keys.key_of(UserId(18'446'744'073'709'551'615u)), "yVgLRDbN35_8HJdKR3s2E0QAgiaMthBM");
  EXPECT_EQ(keys.key_of(UserId(1)), "XZWRwx4Rqucpw4j8QKtTaU2KSUUta0Fo") << "the remembered key is the same";
  EXPECT_EQ(keys.path_of(UserId(1)), "/pictures/XZWRwx4Rqucpw4j8QKtTaU2KSUUta0Fo");
  EXPECT_EQ(keys.path_of(UserId(0)), "");
  EXPECT_EQ(keys.key_of(UserId(0)), "");
}

TEST(PictureKeys, lead_back_to_the_user_id) {
  const PictureKeys keys = keys_of_test();
  std::set<std::string> all;
  // More people than the cache holds, so that keys are made again in slots that were used.
  for (std::uint64_t i = 1; i <= 10'000; ++i) {
    const UserId id(i * 681'234'567'890'123);
    const std::string key = keys.key_of(id);
    ASSERT_EQ(key.size(), PictureKeys::key_length);
    ASSERT_EQ(keys.user_of(key), id);
    all.insert(key);
  }
  EXPECT_EQ(all.size(), 10'000u);
}

TEST(PictureKeys, one_changed_bit_is_another_key_and_nobodys) {
  const PictureKeys keys = keys_of_test();
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::string key = keys.key_of(someone);
  for (std::size_t at = 0; at < key.size(); ++at) {
    for (int bit = 0; bit < 6; ++bit) {
      std::string other = key;
      other[at] = digits[digits.find(key[at]) ^ (1u << bit)];
      EXPECT_FALSE(keys.user_of(other)) << other;
    }
  }
}

TEST(PictureKeys, what_has_not_the_shape_of_a_key_is_nobodys) {
  const PictureKeys keys = keys_of_test();
  const std::string key = "yVgLRDbN35_8HJdKR3s2E0QAgiaMthBM";
  ASSERT_TRUE(keys.user_of(key));
  std::string standard = key;
  standard[standard.find('_')] = '/';
  for (const std::string& text : {std::string(), key.substr(1), key + "A", standard, key.substr(0, 31) + "=",
                                  std::string(32, '\0'), std::string(32, 'A')})
    EXPECT_FALSE(keys.user_of(text)) << text;
}

TEST(PictureKeys, of_another_installation_are_others) {
  const PictureKeys keys = keys_of_test(), others = keys_of_test(1);
  EXPECT_NE(keys.key_of(someone), others.key_of(someone));
  EXPECT_FALSE(others.user_of(keys.key_of(someone)));
}

}  // namespace papi::events
