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

TEST(Account, names_are_as_long_as_the_rules_say_and_no_longer) {
  const std::pair<std::string, bool> usernames[] = {{"", false},
                                                    {"ab", false},
                                                    {"abc", true},
                                                    {"A-b_9.z", true},
                                                    {"ann lee", false},
                                                    {"änn", false},
                                                    {"ann@example", false},
                                                    {std::string(50, 'x'), true},
                                                    {"dev", false},
                                                    {"DEV", false},
                                                    {"Environment", false},
                                                    {"environment-admin", false},
                                                    {"developer", true},
                                                    {std::string(51, 'x'), false}};
  for (const auto& [name, good] : usernames) EXPECT_EQ(!username_fault(name), good) << name;
  const std::pair<std::string, bool> key_names[] = {
      {"", false}, {"k", true}, {std::string(100, 'k'), true}, {std::string(101, 'k'), false}};
  for (const auto& [name, good] : key_names) EXPECT_EQ(!key_name_fault(name), good) << name;
  const std::pair<std::string, bool> addresses[] = {
      {"a@b.c", true},
      {"@b.c", false},
      {"ab.c", false},
      {"a@b", false},
      {"a@.c", false},
      {"a@b.", false},
      {"a@b@c.d", false},
      {std::string(249, 'a') + "@b.org", false},
      {std::string(248, 'a') + "@b.org", true},
  };
  for (const auto& [address, good] : addresses) EXPECT_EQ(!email_fault(address), good) << address;
}

TEST(Account, roles_have_the_permissions_of_the_contract) {
  using Names = std::vector<std::string_view>;
  const std::tuple<Role, std::string_view, Names> roles[] = {
      {Role::admin, "admin", {"*"}},
      {Role::service, "service", {"read", "write", "connect"}},
      {Role::user, "user", {"read", "write", "connect"}},
      {Role::readonly, "readonly", {"read"}},
  };
  for (const auto& [role, name, permissions] : roles) {
    EXPECT_EQ(to_string(role), name);
    EXPECT_EQ(parse_role(name), role);
    EXPECT_EQ(names_of(permissions_of(role)), permissions) << name;
  }
  EXPECT_FALSE(parse_role("Admin"));
  EXPECT_FALSE(parse_role(""));
}

TEST(Account, a_permission_is_one_bit_and_a_star_is_all_of_them) {
  PermissionSet all = 0;
  for (const char* name : {"read", "write", "connect", "admin"}) {
    const auto bits = parse_permission(name);
    ASSERT_TRUE(bits) << name;
    EXPECT_EQ(*bits & (*bits - 1), 0) << "one bit";
    EXPECT_EQ(all & *bits, 0) << "of its own";
    EXPECT_EQ(names_of(*bits), std::vector<std::string_view>{name});
    all = static_cast<PermissionSet>(all | *bits);
  }
  EXPECT_EQ(parse_permission("*"), every_permission);
  EXPECT_EQ(names_of(all), (std::vector<std::string_view>{"read", "write", "connect", "admin"}));
  EXPECT_TRUE(names_of(0).empty());
  EXPECT_FALSE(parse_permission("authenticated"));
  EXPECT_FALSE(parse_permission("READ"));
}

TEST(Account, of_what_is_typed_as_a_username_two_letters_are_shown_at_most) {
  EXPECT_EQ(shown_login("Summer2024"), "Su… (10 bytes)");
  EXPECT_EQ(shown_login("short12"), "… (7 bytes)");
  EXPECT_EQ(shown_login("short123"), "sh… (8 bytes)");
  EXPECT_EQ(shown_login("with a space"), "… (12 bytes)");
  EXPECT_EQ(shown_login(""), "… (0 bytes)");
}

}  // namespace papi::auth
