#include "auth/login_turns.hpp"

#include <optional>

namespace papi::auth {

Task<Result<LoginTurns::Turn>> LoginTurns::take(Executor executor, std::string username) {
  std::optional<Completion<bool>> mine;
  {
    std::lock_guard lock(mutex_);
    const auto [place, free] = waiting_.try_emplace(username);
    if (!free && place->second.size() >= max_waiting) {
      json::object details;
      details["retry_after"] = 2;
      co_return Error(ErrorCode::unavailable, "Too many logins of this username are under way; try again",
                      std::move(details));
    }
    if (!free) place->second.push_back(mine.emplace(executor));
  }
  if (mine) co_await mine->get();
  co_return Turn(*this, std::move(username));
}

void LoginTurns::end(const std::string& username) {
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
