#pragma once

#include "auth/account_changes.hpp"

namespace papi::auth {

inline constexpr std::chrono::minutes sign_in_code_lifetime{15};

struct IssuedCode {
  Secret code;  // shown once; the database has its hash
  std::string username;
  UnixMs expires_at = 0;
};

/// Makes a code with which `user` signs in once, within 15 minutes (POST /auth/login). Fails with CONFLICT
/// for a user of the settings, who has no login, and with NOT_FOUND if the user no longer exists.
Task<Result<IssuedCode>> issue_sign_in_code(AccountChanges& changes, const Clock& clock, Actor actor,
                                            User user);

/// Returns the user for whom a start may print a code: the active development admin, else the active admin
/// called `admin_username`. Returns nullopt if there is neither.
Task<Result<std::optional<User>>> sign_in_user(Executor executor, AccountStore& store,
                                               std::string admin_username);

/// Makes a code for sign_in_user(). Returns nullopt if there is no such user.
Task<Result<std::optional<IssuedCode>>> issue_first_sign_in_code(AccountChanges& changes, const Clock& clock,
                                                                 Actor actor, std::string admin_username);

/// Returns the address with which a browser signs in. `origin` is that of the page, without a slash at its
/// end.
std::string sign_in_link(std::string_view origin, const IssuedCode& issued);

}  // namespace papi::auth
