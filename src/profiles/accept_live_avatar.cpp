#include "profiles/accept_live_avatar.hpp"

namespace papi::profiles {

Task<bool> AcceptLiveAvatar::wants(Username username) {
  const auto known = co_await kept_.find(username);
  if (!known) co_return false;  // without the store nothing is known to compare with
  co_return rules_.wants_live(*known);
}

Task<void> AcceptLiveAvatar::accept(Username username, std::string nickname, Image image,
                                    std::uint64_t seen_at) {
  co_await lookups_.lock(username);
  const NameLookups::Unlock then(lookups_, username);
  co_await accept_locked(username, std::move(nickname), std::move(image), seen_at);
}

Task<void> AcceptLiveAvatar::accept_locked(const Username& username, std::string nickname, Image image,
                                           std::uint64_t seen_at) {
  if (erasures_.erased_since(username, seen_at)) co_return;
  const auto known = co_await kept_.load(username);
  if (!known) co_return;
  EntryPtr entry = rules_.with_live_picture(username, std::move(nickname), std::move(image), *known);
  if (entry) co_await kept_.keep(std::move(entry));
}

}  // namespace papi::profiles
