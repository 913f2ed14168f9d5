#pragma once

// Users and API keys as plain values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/permissions.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/secret.hpp"

namespace papi::auth {

enum class Role { admin, service, user, readonly };

std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view name);
/// The permissions that a role has by default.
PermissionSet permissions_of(Role role);

/// `*`: every permission, including those that later versions add.
constexpr PermissionSet every_permission = 0xFF;
/// Reads a name out of `read write connect admin *`. Returns nullopt if the name is unknown.
std::optional<PermissionSet> parse_permission(std::string_view name);
std::vector<std::string_view> names_of(PermissionSet permissions);

struct User {
  std::string id;
  std::string username;
  std::string email;
  Role role = Role::user;
  PermissionSet permissions = 0;
  bool active = true;
  bool from_environment = false;  // no row, no password; exists as long as its setting
  bool demo = false;              // the development admin, whose password is public
  UnixMs created_at = 0;
  UnixMs last_login_at = 0;
};

struct ApiKey {
  std::string id;
  std::string user_id;
  std::string name;
  std::string hash;       // SHA-256 in hexadecimal; the key itself is shown once and not stored
  std::string preview;    // the first 8 characters of the key
  std::string parent_id;  // the key that created this one, and with which it ends; or empty
  PermissionSet permissions = 0;
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  UnixMs last_used = 0;
  bool active = true;
};

struct MadeKey {
  ApiKey key;
  Secret secret;
};

/// Makes a key of `pk_` and 32 random bytes in base64url. It is not stored yet.
MadeKey fresh_key(const User& owner, std::string name, PermissionSet permissions, std::chrono::days lifetime,
                  UnixMs now);
/// Makes a user with a new id and the permissions of the role. It is not stored yet.
User fresh_user(std::string username, std::string email, Role role, UnixMs now);

/// A username has 3 to 50 of the characters [A-Za-z0-9_.-] and is not the name of a user that the settings
/// create. Returns what is wrong with it, or nullopt.
std::optional<std::string> username_fault(std::string_view username);
/// Returns the key under which failed logins of a name are counted. The text may be a password in the wrong
/// field, or megabytes long, so it is a hash. All engines store the same key.
std::string login_failure_key(std::string_view username);
/// Returns a short form of a text that was typed as a username but belongs to no user. People type passwords
/// into that field, so the form has at most the first two characters and the length in bytes.
std::string shown_login(std::string_view typed);
/// A key name has 1 to 100 bytes of UTF-8 without hidden characters (see has_hidden()). Returns what is wrong
/// with it, or nullopt.
std::optional<std::string> key_name_fault(std::string_view name);
/// An email address has one '@' with text before it and a dotted host behind it, and at most 254 bytes. It is
/// not verified. Returns what is wrong with it, or nullopt.
std::optional<std::string> email_fault(std::string_view email);

}  // namespace papi::auth
