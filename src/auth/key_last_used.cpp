#include "auth/key_last_used.hpp"

namespace papi::auth {

void KeyLastUsed::used(const CachedKey& key, UnixMs now) {
  constexpr std::chrono::milliseconds minute = std::chrono::minutes(1);
  UnixMs last = key.last_used.load(std::memory_order_relaxed);
  if (now - last < minute.count() || !key.last_used.compare_exchange_strong(last, now)) return;
  std::lock_guard lock(mutex_);
  pending_[key.key.id] = now;
}

std::vector<std::pair<std::string, UnixMs>> KeyLastUsed::take() {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, UnixMs>> out(pending_.begin(), pending_.end());
  pending_.clear();
  return out;
}

}  // namespace papi::auth
