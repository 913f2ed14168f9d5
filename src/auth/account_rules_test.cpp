#include "auth/account_rules.hpp"

#include <gtest/gtest.h>

namespace papi::auth {
namespace {

constexpr UnixMs an_hour = 3'600'000, a_day = 24 * an_hour, noon = 1'700'000'000'000;

User user_of(Role role, bool active = true) {
  User user;
  user.id = "u_1";
  user.role = role;
  user.active = active;
  user.permissions = permissions_of(role);
  return user;
}

std::string code_of(const Refusal& refusal) {
  if (!refusal) return "allowed";
  switch (refusal->code) {
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::not_found:
      return "not found";
    case ErrorCode::insufficient_permissions:
      return "insufficient";
    default:
      return "another code";
  }
}

TEST(AccountRules, an_active_admin_may_go_if_another_stays) {
  const User admin = user_of(Role::admin), off = user_of(Role::admin, false), user = user_of(Role::user);
  struct Row {
    const char* what;
    User before;
    std::optional<User> after;
    bool takes, allowed_alone;
  };
  const Row rows[] = {
      {"disable the admin", admin, off, true, false},
      {"take the role", admin, user, true, false},
      {"delete the admin", admin, std::nullopt, true, false},
      {"another email", admin, admin, false, true},
      {"disable one who is disabled", off, off, false, true},
      {"delete one who is disabled", off, std::nullopt, false, true},
      {"enable one", off, admin, false, true},
      {"make one", user, admin, false, true},
      {"delete a user", user, std::nullopt, false, true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(takes_admin_away(row.before, row.after), row.takes) << row.what;
    EXPECT_EQ(code_of(last_admin_refusal(row.before, row.after, false)),
              row.allowed_alone ? "allowed" : "conflict")
        << row.what;
    EXPECT_EQ(code_of(last_admin_refusal(row.before, row.after, true)), "allowed") << row.what;
  }
}

TEST(AccountRules, a_user_has_at_most_the_limit_of_keys) {
  EXPECT_EQ(code_of(key_limit_refusal(0, 1)), "allowed");
  EXPECT_EQ(code_of(key_limit_refusal(9, 10)), "allowed");
  EXPECT_EQ(code_of(key_limit_refusal(10, 10)), "conflict");
  EXPECT_EQ(code_of(key_limit_refusal(11, 10)), "conflict") << "the setting was lowered";
  EXPECT_EQ(key_limit_refusal(10, 10)->message,
            "At most 10 active keys a user (API_KEY_MAX_PER_USER): revoke one first");
}

TEST(AccountRules, a_new_key_has_no_more_than_its_owner_and_the_key_in_use) {
  constexpr PermissionSet read = bit_of(permission::read), write = bit_of(permission::write);
  const PermissionSet works = permissions_of(Role::user);
  struct Row {
    const char* what;
    const char* actor;
    PermissionSet of_actor;
    std::optional<PermissionSet> wanted;
    int permissions;  // -1: refused
  };
  const Row rows[] = {
      {"all of the owner", "u_1", works, std::nullopt, works},
      {"some", "u_1", works, read, read},
      {"all of the key in use", "u_1", read, std::nullopt, read},
      {"more than the key in use", "u_1", read, write, -1},
      {"more than the owner", "u_1", every_permission, every_permission, -1},
      {"an admin for another", "u_2", every_permission, std::nullopt, works},
      {"an admin, more than the owner", "u_2", every_permission, every_permission, -1},
      {"the operator", "", every_permission, write, write},
  };
  for (const Row& row : rows) {
    Actor actor;
    actor.user_id = row.actor;
    actor.permissions = row.of_actor;
    const auto permissions = new_key_permissions(user_of(Role::user), actor, row.wanted);
    EXPECT_EQ(permissions ? int{*permissions} : -1, row.permissions) << row.what;
  }
}

TEST(AccountRules, a_key_is_revoked_by_its_owner_or_an_admin_and_not_by_a_weaker_key) {
  constexpr PermissionSet read = bit_of(permission::read);
  const PermissionSet works = permissions_of(Role::user);
  struct Row {
    const char* what;
    const char* actor;
    PermissionSet of_actor;
    bool active;
    Role owner;
    const char* result;
  };
  const Row rows[] = {
      {"the owner", "u_1", works, true, Role::user, "allowed"},
      {"a weaker key of the owner", "u_1", read, true, Role::user, "insufficient"},
      {"a weaker key, but the owner may no more", "u_1", read, true, Role::readonly, "allowed"},
      {"another", "u_2", works, true, Role::user, "not found"},
      {"an admin", "u_2", every_permission, true, Role::user, "allowed"},
      {"revoked before", "u_1", works, false, Role::user, "not found"},
      {"revoked before, an admin", "u_2", every_permission, false, Role::user, "not found"},
  };
  for (const Row& row : rows) {
    Actor actor;
    actor.user_id = row.actor;
    actor.permissions = row.of_actor;
    ApiKey key;
    key.user_id = "u_1";
    key.permissions = works;
    key.active = row.active;
    EXPECT_EQ(code_of(revoke_key_refusal(key, user_of(row.owner), actor)), row.result) << row.what;
  }
  EXPECT_EQ(code_of(revoke_key_refusal(std::nullopt, std::nullopt, Actor())), "not found");
}

TEST(AccountRules, a_key_ends_with_the_first_of_the_keys_above_it) {
  EXPECT_EQ(key_end(noon + a_day, KeyMakers{std::nullopt, ""}), noon + a_day);
  EXPECT_EQ(key_end(noon + a_day, KeyMakers{noon + an_hour, ""}), noon + an_hour);
  EXPECT_EQ(key_end(noon + an_hour, KeyMakers{noon + a_day, ""}), noon + an_hour);
}

TEST(AccountRules, a_refresh_token_works_once_and_the_one_before_for_ten_seconds) {
  TokenFamily family;
  family.id = "f";
  family.current = "f.2";
  family.previous = "f.1";
  family.current_at = noon;
  family.expires_at = noon + an_hour;
  struct Row {
    const char* token;
    UnixMs after;  // the rotation
    Refresh outcome;
  };
  const Row rows[] = {
      {"f.2", 0, Refresh::rotate},        {"f.2", an_hour - 1, Refresh::rotate},
      {"f.2", an_hour, Refresh::refused}, {"f.1", 0, Refresh::repeat},
      {"f.1", 10'000, Refresh::repeat},   {"f.1", 10'001, Refresh::stolen},
      {"f.1", -10'000, Refresh::repeat},  {"f.1", -10'001, Refresh::stolen},
      {"f.0", 0, Refresh::stolen},        {"f.0", an_hour, Refresh::refused},
  };
  const User ann = user_of(Role::user);
  for (const Row& row : rows)
    EXPECT_EQ(refresh_meaning(family, ann, row.token, noon + row.after), row.outcome)
        << row.token << " " << row.after;
  EXPECT_EQ(refresh_meaning(std::nullopt, ann, "f.2", noon), Refresh::refused);
  EXPECT_EQ(refresh_meaning(family, std::nullopt, "f.2", noon), Refresh::refused);
  EXPECT_EQ(refresh_meaning(family, user_of(Role::user, false), "f.2", noon), Refresh::refused);
}

TEST(AccountRules, a_rotation_moves_the_token_on_and_ends_thirty_days_after_the_login) {
  TokenFamily family;
  family.id = "f";
  family.current = "f.2";
  family.previous = "f.1";
  family.created_at = noon - a_day;
  const TokenFamily next = rotated(family, "f.3", std::chrono::hours(1), noon);
  EXPECT_EQ(next.current, "f.3");
  EXPECT_EQ(next.previous, "f.2");
  EXPECT_EQ(next.current_at, noon);
  EXPECT_EQ(next.created_at, noon - a_day);
  EXPECT_EQ(next.expires_at, noon + an_hour);
  EXPECT_EQ(rotated(family, "f.3", std::chrono::days(40), noon).expires_at, noon + 29 * a_day);
  family.created_at = noon + a_day;
  EXPECT_EQ(rotated(family, "f.3", std::chrono::days(40), noon).created_at, noon) << "the clock was set back";
  EXPECT_EQ(rotated(family, "f.3", std::chrono::days(40), noon).expires_at, noon + 30 * a_day);
}

}  // namespace
}  // namespace papi::auth
