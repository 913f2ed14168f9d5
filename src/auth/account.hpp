#pragma once

// Users and keys as values.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/http/exchange.hpp"

namespace papi::auth {

using http::Permission;
using http::PermissionSet;

enum class Role { admin, service, user, readonly };

std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view name);
/// What a role may by default.
PermissionSet permissions_of(Role role);

/// `*`: whatever there is and will be.
constexpr PermissionSet every_permission = 0xFF;
/// `read write connect admin *`; nothing for an unknown name.
std::optional<PermissionSet> parse_permission(std::string_view name);
std::vector<std::string_view> names_of(PermissionSet permissions);

struct User {
  std::string id;
  std::string username;
  std::string email;
  Role role = Role::user;
  PermissionSet permissions = 0;
  bool active = true;
  bool from_environment = false;  // has no row, no password, and ends with the setting that makes it
  bool demo = false;              // the development admin, with the password that everybody knows
  UnixMs created_at = 0;
  UnixMs last_login_at = 0;
};

struct ApiKey {
  std::string id;
  std::string user_id;
  std::string name;
  std::string hash;       // SHA-256 in hexadecimal; the key itself is shown once and kept nowhere
  std::string preview;    // its first 8 characters
  std::string parent_id;  // the key that made it, and with which it ends; or empty
  PermissionSet permissions = 0;
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  UnixMs last_used = 0;
  bool active = true;
};

/// 3–50 of [A-Za-z0-9_.-], and not a name of the users that the settings make. What is wrong with it, or
/// nothing.
std::optional<std::string> username_fault(std::string_view username);
/// What was typed as a username and is none: people type passwords there. At most two letters of it, and how
/// long it is.
std::string shown_login(std::string_view typed);
/// 1–100 bytes of UTF-8 without hidden characters (see has_hidden()).
std::optional<std::string> key_name_fault(std::string_view name);
/// Something before one '@' and a dotted host behind it, at most 254 characters; it is not verified.
std::optional<std::string> email_fault(std::string_view email);

}  // namespace papi::auth
