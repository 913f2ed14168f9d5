#include "auth/account_cache.hpp"

#include "platform/base/text.hpp"

namespace papi::auth {

std::shared_ptr<const User> AccountSnapshot::user(const std::string& id) const {
  const auto* account = accounts_.find(id);
  return account ? (*account)->user : nullptr;
}

std::shared_ptr<const User> AccountSnapshot::user_called(std::string_view username) const {
  const std::string* id = ids_.find(to_lower_ascii(username));
  return id ? user(*id) : nullptr;
}

std::shared_ptr<const CachedKey> AccountSnapshot::key_by_hash(const std::string& hash) const {
  const Key* key = by_hash_.find(hash);
  return key ? *key : nullptr;
}

std::shared_ptr<const CachedKey> AccountSnapshot::key_by_id(const std::string& id) const {
  const Key* key = by_id_.find(id);
  return key ? *key : nullptr;
}

std::shared_ptr<const CachedStreamToken> AccountSnapshot::stream_token_by_hash(
    const std::string& hash) const {
  const auto* token = stream_tokens_by_hash_.find(hash);
  return token ? *token : nullptr;
}

std::shared_ptr<const CachedStreamToken> AccountSnapshot::stream_token_by_id(const std::string& id) const {
  const auto* token = stream_tokens_by_id_.find(id);
  return token ? *token : nullptr;
}

AccountCache::AccountCache(std::vector<EnvironmentKey> environment, AccountStore& store)
    : environment_(std::move(environment)), store_(store), current_(std::make_shared<AccountSnapshot>()) {}

void AccountCache::replace(std::shared_ptr<const AccountSnapshot> next) {
  std::unique_lock lock(mutex_);
  // Two reads may finish in another order than they started in. The newer snapshot stays.
  if (next->version() < current_->version()) return;
  version_.store(next->version(), std::memory_order_release);
  current_ = std::move(next);
}

Task<Result<void>> AccountCache::refresh(Executor executor) {
  using Next = std::shared_ptr<const AccountSnapshot>;
  CO_TRY(Next next, co_await store_.snapshot(executor, environment_, current()));
  replace(std::move(next));
  co_return Result<void>();
}

}  // namespace papi::auth
