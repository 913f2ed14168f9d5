#include "auth/account_rules.hpp"

#include <algorithm>
#include <cstdlib>

namespace papi::auth {
namespace {

constexpr std::chrono::milliseconds grace = std::chrono::seconds(10);
constexpr std::chrono::milliseconds family_lifetime = std::chrono::days(30);

bool is_active_admin(const User& user) { return user.role == Role::admin && user.active; }

}  // namespace

Error no_such_user() { return Error(ErrorCode::not_found, "There is no user of that id"); }

Error name_taken() { return Error(ErrorCode::conflict, "username: is taken"); }

bool takes_admin_away(const User& before, const std::optional<User>& after) {
  return is_active_admin(before) && !(after && is_active_admin(*after));
}

Refusal last_admin_refusal(const User& before, const std::optional<User>& after, bool other_admin) {
  if (other_admin || !takes_admin_away(before, after)) return std::nullopt;
  return Error(ErrorCode::conflict, "This is the last active admin: make another one first");
}

Refusal key_limit_refusal(std::int64_t working, std::int64_t limit) {
  if (working < limit) return std::nullopt;
  return Error(ErrorCode::conflict, "At most " + std::to_string(limit) +
                                        " active keys a user (API_KEY_MAX_PER_USER): revoke one first");
}

Refusal stream_token_limit_refusal(std::int64_t working, std::int64_t limit) {
  if (working < limit) return std::nullopt;
  return Error(ErrorCode::conflict, "At most " + std::to_string(limit) +
                                        " active stream tokens a user (STREAM_TOKEN_MAX_PER_USER): revoke "
                                        "one first");
}

Refusal revoke_stream_token_refusal(const std::optional<StreamToken>& token, const Actor& actor) {
  if (token && (token->user_id == actor.user_id || actor.may(permission::admin))) return std::nullopt;
  return Error(ErrorCode::not_found, "There is no stream token of that id");
}

Result<PermissionSet> new_key_permissions(const User& owner, const Actor& actor,
                                          std::optional<PermissionSet> wanted) {
  const bool own = owner.id == actor.user_id;
  const PermissionSet most =
      own ? static_cast<PermissionSet>(owner.permissions & actor.permissions) : owner.permissions;
  const PermissionSet permissions = wanted.value_or(most);
  if ((permissions & ~most) != 0) {
    return Error(ErrorCode::insufficient_permissions,
                 "permissions: more than the key's owner, or the key in use, may do");
  }
  return permissions;
}

PermissionSet usable_permissions(const ApiKey& key, const std::optional<User>& owner) {
  return owner ? static_cast<PermissionSet>(key.permissions & owner->permissions) : key.permissions;
}

Refusal revoke_key_refusal(const std::optional<ApiKey>& key, const std::optional<User>& owner,
                           const Actor& actor) {
  const bool admin = actor.may(permission::admin);
  if (!key || !key->active || (key->user_id != actor.user_id && !admin))
    return Error(ErrorCode::not_found, "There is no active key of that id");
  if (!admin && (usable_permissions(*key, owner) & ~actor.permissions) != 0)
    return Error(ErrorCode::insufficient_permissions, "That key may do more than the key in use");
  return std::nullopt;
}

UnixMs key_end(UnixMs wanted, const KeyMakers& makers) {
  return makers.expires_at ? std::min(wanted, *makers.expires_at) : wanted;
}

bool code_signs_in(const SignInCode& code, const std::optional<User>& user, UnixMs now) {
  return now < code.expires_at && user && user->active;
}

Refresh refresh_meaning(const std::optional<TokenFamily>& family, const std::optional<User>& user,
                        std::string_view token_id, UnixMs now) {
  if (!family || family->expires_at <= now || !user || !user->active) return Refresh::refused;
  if (token_id == family->current) return Refresh::rotate;
  if (token_id == family->previous && std::abs(now - family->current_at) <= grace.count())
    return Refresh::repeat;
  return Refresh::stolen;
}

TokenFamily rotated(TokenFamily family, std::string next, std::chrono::milliseconds refresh_lifetime,
                    UnixMs now) {
  family.previous = std::exchange(family.current, std::move(next));
  family.current_at = now;
  family.created_at = std::min(family.created_at, now);  // the clock may have been set back
  family.expires_at = std::min(now + refresh_lifetime.count(), family.created_at + family_lifetime.count());
  return family;
}

}  // namespace papi::auth
