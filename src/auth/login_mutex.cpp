#include "auth/login_mutex.hpp"

#include <optional>

namespace papi::auth {

Task<Result<LoginMutex::Lock>> LoginMutex::take(Executor executor, std::string username) {
  std::optional<Promise<bool>> mine;
  {
    std::lock_guard lock(mutex_);
    const auto [place, free] = waiting_.try_emplace(username);
    if (!free && place->second.size() >= max_waiting) {
      co_return retry_later(ErrorCode::unavailable,
                            "Too many logins of this username are under way; try again",
                            std::chrono::seconds(2));
    }
    if (!free) place->second.push_back(mine.emplace(executor));
  }
  if (mine) co_await mine->get();
  co_return Lock(*this, std::move(username));
}

void LoginMutex::end(const std::string& username) {
  std::lock_guard lock(mutex_);
  const auto place = waiting_.find(username);
  if (place->second.empty()) {
    waiting_.erase(place);
    return;
  }
  place->second.front().set(true);
  place->second.pop_front();
}

}  // namespace papi::auth
