#include "auth/account.hpp"

#include <gtest/gtest.h>

namespace papi::auth {

TEST(Account, names_that_would_turn_or_hide_text_are_refused) {
  for (const char* hidden :
       {"\u0085", "\u009B", "\u202E", "\u2066", "\u200F", "\u061C", "\x7F", "\x1B", "\n"}) {
    EXPECT_TRUE(key_name_fault(std::string("key") + hidden)) << hidden;
    EXPECT_TRUE(email_fault(std::string("ann") + hidden + "@example.org")) << hidden;
    EXPECT_TRUE(username_fault(std::string("ann") + hidden)) << hidden;
  }
  EXPECT_FALSE(key_name_fault("Schlüssel für Бот 👨‍👩‍👧"));
  EXPECT_FALSE(email_fault("jürgen@example.org"));
  EXPECT_TRUE(email_fault("ann@example.org\xFF"));
  EXPECT_TRUE(email_fault("ann lee@example.org"));
}

TEST(Account, of_what_is_typed_as_a_username_two_letters_are_shown_at_most) {
  EXPECT_EQ(shown_login("Summer2024"), "Su… (10 bytes)");
  EXPECT_EQ(shown_login("short12"), "… (7 bytes)");
  EXPECT_EQ(shown_login("with a space"), "… (12 bytes)");
  EXPECT_EQ(shown_login(""), "… (0 bytes)");
}

}  // namespace papi::auth
