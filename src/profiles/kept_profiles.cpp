#include "profiles/kept_profiles.hpp"

namespace papi::profiles {

Task<Result<EntryPtr>> KeptProfiles::find(const Username& username) {
  if (EntryPtr entry = in_memory(username)) co_return entry;
  CO_TRY(std::optional<EntryPtr> stored, co_await store_.find(executor_, username.text()));
  co_return stored ? std::move(*stored) : EntryPtr();
}

Task<Result<EntryPtr>> KeptProfiles::load(const Username& username) {
  CO_TRY(EntryPtr known, co_await find(username));
  if (known) cache_.put(known);
  co_return known;
}

Task<void> KeptProfiles::keep(EntryPtr entry) {
  cache_.put(entry);
  // A profile can be used without being stored. The next look-up tries to store it again.
  if (auto saved = co_await store_.save(executor_, entry); !saved)
    log_.error("A profile could not be stored", {{"username", entry->profile.username}});
}

Task<Result<bool>> KeptProfiles::erase(const Username& username) {
  cache_.erase(username.text());
  co_return co_await store_.erase(executor_, username.text());
}

Task<Result<std::size_t>> KeptProfiles::clear_expired() {
  const UnixMs now = clock_.now_ms();
  std::size_t count = 0;
  for (;;) {
    CO_TRY(const std::vector<std::string> names, co_await store_.erase_expired(executor_, now));
    if (names.empty()) co_return count;
    count += names.size();
    for (const std::string& name : names) {
      // If the profile was refreshed during the deletion, the new one has been stored after it and stays.
      const EntryPtr entry = cache_.find(name);
      if (entry && entry->profile.expires_at <= now) cache_.erase(name);
    }
  }
}

}  // namespace papi::profiles
