#include "auth/identities.hpp"

#include <algorithm>

#include "auth/account_store.hpp"

namespace papi::auth {
namespace {

template <class Value>
Value found_in(const std::unordered_map<std::string, Value>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

/// Keys come after those that made them. A key without its maker, or its owner, is none.
void add_key(Identities& out, ApiKey key) {
  auto owner = out.user(key.user_id);
  if (!owner || !key.active) return;
  if (!key.parent_id.empty()) {
    const auto maker = out.key_by_id(key.parent_id);
    if (!maker) return;
    key.expires_at = std::min(key.expires_at, maker->key.expires_at);
  }
  auto known = std::make_shared<KnownKey>();
  known->last_used = key.last_used;
  known->key = std::move(key);
  known->owner = std::move(owner);
  out.by_hash[known->key.hash] = known;
  out.by_id[known->key.id] = known;
}

}  // namespace

std::shared_ptr<const User> Identities::user(const std::string& id) const { return found_in(users, id); }
std::shared_ptr<const KnownKey> Identities::key_by_hash(const std::string& hash) const {
  return found_in(by_hash, hash);
}
std::shared_ptr<const KnownKey> Identities::key_by_id(const std::string& id) const {
  return found_in(by_id, id);
}

IdentityBook::IdentityBook(std::vector<EnvironmentKey> environment, sqlite::Readers& readers)
    : environment_(std::move(environment)), readers_(readers), current_(std::make_shared<Identities>()) {}

std::shared_ptr<Identities> IdentityBook::read(sqlite::Database& database) const {
  auto out = std::make_shared<Identities>();
  out->version = store::version(database);
  for (User& user : store::users(database)) {
    const std::string id = user.id;
    out->users[id] = std::make_shared<const User>(std::move(user));
  }
  for (const EnvironmentKey& known : environment_)
    out->users[known.user.id] = std::make_shared<const User>(known.user);
  for (const EnvironmentKey& known : environment_) add_key(*out, known.key);
  auto keys = store::keys(database, "");
  // In the order in which they were made.
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) add_key(*out, std::move(*key));
  for (std::string& family : store::revoked_families(database)) out->revoked.insert(std::move(family));
  return out;
}

void IdentityBook::replace(std::shared_ptr<const Identities> next) {
  std::unique_lock lock(mutex_);
  // Two reads may come back in another order than they were made in.
  if (next->version < current_->version) return;
  version_.store(next->version, std::memory_order_release);
  current_ = std::move(next);
}

void IdentityBook::load(sqlite::Database& database) { replace(read(database)); }

Task<Result<void>> IdentityBook::reload(Executor executor) {
  using Next = std::shared_ptr<Identities>;
  std::function<Next(sqlite::Database&)> query = [this](sqlite::Database& database) {
    return read(database);
  };
  CO_TRY(Next next, co_await readers_.read<Next>(executor, std::move(query)));
  replace(std::move(next));
  co_return Result<void>();
}

Task<Result<void>> IdentityBook::refresh(Executor executor) {
  std::function<std::int64_t(sqlite::Database&)> query = [](sqlite::Database& database) {
    return store::version(database);
  };
  CO_TRY(const std::int64_t newest, co_await readers_.read<std::int64_t>(executor, std::move(query)));
  if (newest == version()) co_return Result<void>();
  co_return co_await reload(executor);
}

}  // namespace papi::auth
