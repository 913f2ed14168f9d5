#include "auth/account.hpp"

#include <algorithm>
#include <array>

#include "platform/base/enum_count.hpp"
#include "platform/base/random.hpp"
#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"

namespace papi::auth {
namespace {

struct RoleRow {
  Role role;
  std::string_view name;
  PermissionSet permissions;
};
constexpr PermissionSet reads = bit_of(permission::read);
constexpr PermissionSet works = reads | bit_of(permission::write) | bit_of(permission::connect);
constexpr RoleRow roles[] = {
    {Role::admin, "admin", every_permission},
    {Role::service, "service", works},
    {Role::user, "user", works},
    {Role::readonly, "readonly", reads},
};
static_assert(std::size(roles) == enum_count<Role>());

struct PermissionRow {
  std::string_view name;
  PermissionSet bits;
};
constexpr PermissionRow permissions_by_name[] = {
    {"read", bit_of(permission::read)},
    {"write", bit_of(permission::write)},
    {"connect", bit_of(permission::connect)},
    {"admin", bit_of(permission::admin)},
    {"*", every_permission},
};

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
         c == '-';
}

}  // namespace

std::string_view to_string(Role role) { return roles[static_cast<int>(role)].name; }

std::optional<Role> parse_role(std::string_view name) {
  for (const RoleRow& row : roles) {
    if (row.name == name) return row.role;
  }
  return std::nullopt;
}

PermissionSet permissions_of(Role role) { return roles[static_cast<int>(role)].permissions; }

std::optional<PermissionSet> parse_permission(std::string_view name) {
  for (const PermissionRow& row : permissions_by_name) {
    if (row.name == name) return row.bits;
  }
  return std::nullopt;
}

std::vector<std::string_view> names_of(PermissionSet permissions) {
  if (permissions == every_permission) return {"*"};
  std::vector<std::string_view> names;
  for (const PermissionRow& row : permissions_by_name) {
    if (row.bits != every_permission && (permissions & row.bits) == row.bits) names.push_back(row.name);
  }
  return names;
}

MadeKey fresh_key(const User& owner, std::string name, PermissionSet permissions, std::chrono::days lifetime,
                  UnixMs now) {
  MadeKey made;
  made.secret = Secret("pk_" + random_base64url(32));
  made.key.id = "k_" + random_base64url(12);
  made.key.user_id = owner.id;
  made.key.name = std::move(name);
  made.key.hash = sha256_hex(made.secret.reveal());
  made.key.preview = made.secret.reveal().substr(0, 8);
  made.key.permissions = permissions;
  made.key.created_at = now;
  made.key.expires_at = now + std::chrono::milliseconds(lifetime).count();
  return made;
}

User fresh_user(std::string username, std::string email, Role role, UnixMs now) {
  User user;
  user.id = "u_" + random_base64url(12);
  user.username = std::move(username);
  user.email = std::move(email);
  user.role = role;
  user.permissions = permissions_of(role);
  user.created_at = now;
  return user;
}

std::optional<std::string> username_fault(std::string_view username) {
  const bool good =
      username.size() >= 3 && username.size() <= 50 && std::all_of(username.begin(), username.end(), is_word);
  if (!good) return "3 to 50 letters, digits, '_', '.' and '-'";
  for (const std::string_view reserved : {"dev", "environment", "environment-admin"}) {
    if (equals_ignoring_case(username, reserved))
      return "is reserved: the settings create a user with this name";
  }
  return std::nullopt;
}

std::string login_failure_key(std::string_view username) {
  return "#" + sha256_hex(to_lower_ascii(username));
}

std::string shown_login(std::string_view typed) {
  constexpr std::size_t short_name = 8;
  const bool begins = typed.size() >= short_name && !username_fault(typed);
  return std::string(begins ? typed.substr(0, 2) : "") + "… (" + std::to_string(typed.size()) + " bytes)";
}

std::optional<std::string> key_name_fault(std::string_view name) {
  if (!name.empty() && name.size() <= 100 && is_utf8(name) && !has_hidden(name)) return std::nullopt;
  return "1 to 100 bytes without control characters and without such as turn the direction of text";
}

std::optional<std::string> email_fault(std::string_view email) {
  const auto at = email.find('@');
  const bool good = email.size() <= 254 && at != std::string_view::npos && at > 0 &&
                    email.find('@', at + 1) == email.npos && email.find('.', at + 2) != email.npos &&
                    !email.ends_with('.') && email.find(' ') == email.npos && is_utf8(email) &&
                    !has_hidden(email);
  if (good) return std::nullopt;
  return "must be an address such as name@example.org";
}

}  // namespace papi::auth
