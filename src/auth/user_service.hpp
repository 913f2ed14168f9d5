#pragma once

#include "auth/account_changes.hpp"
#include "auth/password_hasher.hpp"

namespace papi::auth {

struct NewAccount {
  std::string username;
  std::string email;
  Secret password;
  Role role = Role::user;
};

struct UserChange {
  std::optional<std::string> email;
  std::optional<Role> role;
  std::optional<bool> active;
  std::optional<Secret> password;
};

/// Creates, changes and deletes users. The caller has checked that the actor may do so, and the form of
/// username, email and password. Any thread.
class UserService {
 public:
  UserService(AccountChanges& changes, PasswordHasher& hasher, const Clock& clock)
      : changes_(changes), hasher_(hasher), clock_(clock) {}

  /// Fails with CONFLICT if the username is taken.
  Task<Result<User>> create(Actor actor, NewAccount account);
  /// Fails with NOT_FOUND if there is no such user, and with CONFLICT if no active admin would remain.
  /// Another password and disabling revoke the user's tokens.
  Task<Result<User>> change(Actor actor, std::string id, UserChange change);
  /// Fails as change() does.
  Task<Result<void>> remove(Actor actor, std::string id);

  Task<Result<UserPage>> users(UserQuery query);
  /// Fails with NOT_FOUND if there is no such user.
  Task<Result<User>> user(std::string id);

 private:
  AccountChanges& changes_;
  PasswordHasher& hasher_;
  const Clock& clock_;
};

}  // namespace papi::auth
