#include "auth/last_used.hpp"

namespace papi::auth {

void LastUsed::note(const std::string& id, std::atomic<UnixMs>& last_used, UnixMs now) {
  constexpr std::chrono::milliseconds minute = std::chrono::minutes(1);
  UnixMs last = last_used.load(std::memory_order_relaxed);
  if (now - last < minute.count() || !last_used.compare_exchange_strong(last, now)) return;
  std::lock_guard lock(mutex_);
  pending_[id] = now;
}

std::vector<std::pair<std::string, UnixMs>> LastUsed::take() {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::string, UnixMs>> out(pending_.begin(), pending_.end());
  pending_.clear();
  return out;
}

}  // namespace papi::auth
