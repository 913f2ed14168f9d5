#include "auth/password.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

namespace papi::auth {
namespace {

TEST(Password, well_known_ones_are_refused_with_all_their_ornaments) {
  for (const char* common :
       {"password",   "Password1",  "P@ssw0rd!",        "password2024", "12345678",    "123456789",
        "1234567890", "qwertyuiop", "qwerty123",        "iloveyou1",    "Dragon2023!", "letmein!!",
        "Admin123!",  "welcome1",   "monkey12",         "abcdefgh",     "aaaaaaaa",    "abcabcabc",
        "11111111",   "poiuytrewq", "1qaz2wsx",         "sunshine99",   "trustno1",    "m0nkey!!",
        "Football1",  "19870604",   "passwordpassword", "TikTok2026",   "Summer2025!", "changeme",
        "q1w2e3r4"}) {
    EXPECT_TRUE(is_common_password(common)) << common;
    EXPECT_TRUE(password_fault(Secret(common), "ann")) << common;
  }
}

TEST(Password, others_are_taken_whatever_they_are_made_of) {
  for (const char* fine : {"correct horse battery", "kfjwqpzm", "monkeybanana", "ÜberraschungsEi", "7hTz!q0w",
                           "dragonfly lantern", "пароль-из-слов", "99 red balloons", "passwords are hard"}) {
    EXPECT_FALSE(password_fault(Secret(fine), "ann")) << fine;
  }
}

TEST(Password, length_is_counted_in_characters_and_nothing_is_cut_off) {
  EXPECT_TRUE(password_fault(Secret("kfjwqpz"), ""));
  EXPECT_TRUE(password_fault(Secret("日本語のパスワ"), "")) << "7 characters in 21 bytes";
  std::string long_one;
  while (long_one.size() < 256)
    long_one += "ä" + std::string(1, static_cast<char>('a' + long_one.size() % 23)) + "Ö";
  EXPECT_TRUE(password_fault(Secret(long_one), ""));
  const auto characters = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += i % 2 == 0 ? "ä" : std::string(1, static_cast<char>('a' + i * 7 % 23));
    return text;
  };
  for (const auto& [count, good] :
       {std::pair<std::size_t, bool>{7, false}, {8, true}, {128, true}, {129, false}})
    EXPECT_EQ(password_fault(Secret(characters(count)), "").value_or("good"),
              good ? "good" : "8 to 128 characters")
        << count;
  const std::string hash = hash_password(Secret("kfjwqpzm kfjwqpzm kfjwqpzm 1"));
  EXPECT_TRUE(password_matches(hash, Secret("kfjwqpzm kfjwqpzm kfjwqpzm 1")));
  EXPECT_FALSE(password_matches(hash, Secret("kfjwqpzm kfjwqpzm kfjwqpzm 2")));
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_EQ(password_fault(Secret("xx-Selecta.Fan-xx"), "selecta.fan"), "must not hold the username");
  EXPECT_EQ(password_fault(Secret("xx-Selecta.Fan-xx"), "SELECTA.FAN"), "must not hold the username");
}

TEST(Password, the_same_password_typed_on_two_systems_is_one) {
  const Secret composed("caf\u00E9 au lait"), decomposed("cafe\u0301\u00A0au\u3000lait");
  EXPECT_TRUE(password_matches(hash_password(composed), decomposed));
  EXPECT_TRUE(password_matches(hash_password(decomposed), composed));
  EXPECT_FALSE(password_matches(hash_password(composed), Secret("cafe au lait")));
}

TEST(Password, hashes_from_before_passwords_were_prepared_keep_working) {
  const auto old_hash = [](const std::string& typed) {
    char out[crypto_pwhash_STRBYTES];
    EXPECT_EQ(crypto_pwhash_str(out, typed.data(), typed.size(), crypto_pwhash_OPSLIMIT_MIN,
                                crypto_pwhash_MEMLIMIT_MIN),
              0);
    return std::string(out);
  };
  for (const std::string typed : {"kfjwqpzm !~", "with a\ttab", "cafe\u0301 au lait", "soft\u00ADhyphen"}) {
    EXPECT_TRUE(password_matches(old_hash(typed), Secret(typed))) << typed;
    EXPECT_FALSE(password_matches(old_hash(typed), Secret(typed + "x"))) << typed;
  }
}

TEST(Password, length_is_counted_as_it_is_compared_and_hidden_characters_are_refused) {
  EXPECT_TRUE(password_fault(Secret("e\u0301e\u0301e\u0301e\u0301"), "")) << "4 characters in 8 code points";
  for (const char* hidden : {"kfjwqpzm\n", "kfjw\tqpzm", "kfjw\u202Eqpzm", "kfjw\u200Bqpzm", "kfjwqpzm\x7F"})
    EXPECT_EQ(password_fault(Secret(hidden), ""),
              "must not contain control or invisible characters (RFC 8265)");
  EXPECT_EQ(password_fault(Secret(""), ""), "8 to 128 characters");
}

TEST(Password, who_is_unknown_costs_as_much_as_who_is_known) {
  const std::string mine = hash_password(Secret("kfjwqpzm"));
  const auto parameters = [](const std::string& hash) {
    return hash.substr(0, hash.rfind('$', hash.rfind('$') - 1));
  };
  EXPECT_EQ(parameters(mine), "$argon2id$v=19$m=65536,t=2,p=1");
  EXPECT_EQ(parameters(mine), parameters(nobodys_hash()));
  EXPECT_FALSE(password_matches(nobodys_hash(), Secret("kfjwqpzm")));
}

}  // namespace
}  // namespace papi::auth
