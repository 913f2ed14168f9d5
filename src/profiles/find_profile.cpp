#include "profiles/find_profile.hpp"

#include <boost/asio/post.hpp>

namespace papi::profiles {

EntryPtr FindProfile::cached(const Username& username) {
  EntryPtr entry = deps_.kept.in_memory(username);
  if (!entry) return nullptr;
  deps_.kept.count_request(true);
  refresh_if_due(username, *entry);
  return entry;
}

Task<Result<EntryPtr>> FindProfile::find(Username username) {
  if (EntryPtr entry = cached(username)) co_return entry;
  deps_.kept.count_request(false);
  co_return co_await deps_.lookups.join(std::move(username), false);
}

Task<bool> FindProfile::revalidate(Username username) {
  // A look-up in progress may only read the store, so it is awaited first.
  if (deps_.lookups.in_progress(username)) co_await deps_.lookups.join(username, false);
  const auto entry = co_await deps_.lookups.join(std::move(username), true);
  co_return entry && !(*entry)->profile.better_source_failed;
}

void FindProfile::refresh_if_due(const Username& username, const ProfileEntry& entry) {
  if (entry.profile.due(deps_.clock.now_ms()) && !entry.refresh_asked.exchange(true))
    net::post(deps_.executor, [this, username] { refresh(username); });
}

void FindProfile::refresh(const Username& username) {
  if (deps_.lookups.refresh(username)) return;
  // No refresh now. The next caller may start one.
  if (EntryPtr entry = deps_.kept.in_memory(username)) entry->refresh_asked = false;
}

Task<Result<EntryPtr>> FindProfile::look_up(Username username, bool forced) {
  auto stored = co_await deps_.kept.load(username);
  // A profile can be made without the database. The sources are asked as for an unknown person.
  if (!stored) deps_.log.error("A profile could not be read", {{"username", username.text()}});
  EntryPtr known = stored ? std::move(*stored) : EntryPtr();
  if (known && !forced) {
    // A stored profile is returned at once. If it is due, it is refreshed in the background.
    refresh_if_due(username, *known);
    co_return known;
  }
  co_return co_await ask_sources(username, known);
}

Task<EntryPtr> FindProfile::ask_sources(Username username, EntryPtr known) {
  const UnixMs now = deps_.clock.now_ms();
  SourceAnswer answer = co_await deps_.sources.ask(username, deps_.rules.worth_asking(known, now));
  EntryPtr entry = deps_.rules.after_look_up(username, std::move(answer), known, now);
  co_await deps_.kept.keep(entry);
  co_return entry;
}

}  // namespace papi::profiles
