#include "profiles/name_lookups.hpp"

namespace papi::profiles {

NameLookups::NameLookups(Executor executor, Logger& log, std::size_t max_refreshes, LookUp look_up)
    : executor_(executor),
      log_(log),
      max_refreshes_(max_refreshes),
      look_up_(std::move(look_up)),
      tasks_(executor,
             [&log](std::exception_ptr) { log.error("A profile look-up ended with an exception"); }) {}

Task<Result<EntryPtr>> NameLookups::join(Username username, bool forced) {
  Promise<Result<EntryPtr>> completion(executor_);
  auto& lookup = lookups_[username.text()];
  const bool first = !lookup;
  if (first) lookup = std::make_shared<SharedLookup>();
  lookup->waiters.push_back(completion);
  if (first) tasks_.spawn(run(std::move(username), forced));
  co_return co_await completion.get();
}

bool NameLookups::refresh(Username username) {
  if (stopping_ || refreshes_ >= max_refreshes_ || in_progress(username)) return false;
  ++refreshes_;
  lookups_.emplace(username.text(), std::make_shared<SharedLookup>());
  tasks_.spawn([](NameLookups& self, Username name) -> Task<void> {
    co_await self.run(name, true);
    --self.refreshes_;
  }(*this, std::move(username)));
  return true;
}

Task<void> NameLookups::run(Username username, bool forced) {
  Result<EntryPtr> entry = Error(ErrorCode::internal, "The profile could not be looked up");
  try {
    entry = co_await look_up_(username, forced);
  } catch (const std::exception& escaped) {  // the waiters must get an answer
    log_.error("A profile look-up ended with an exception", {{"reason", escaped.what()}});
  }
  const auto lookup = lookups_.extract(username.text());
  for (const auto& waiter : lookup.mapped()->waiters) waiter.set(entry);
}

Task<void> NameLookups::lock(const Username& username) {
  while (in_progress(username)) co_await join(username, false);
  lookups_.emplace(username.text(), std::make_shared<SharedLookup>());
}

void NameLookups::unlock(const Username& username) {
  const auto lookup = lookups_.find(username.text());
  if (lookup->second->waiters.empty()) {
    lookups_.erase(lookup);
  } else {
    tasks_.spawn(run(username, false));
  }
}

Task<void> NameLookups::stop() {
  stopping_ = true;
  co_await tasks_.join();
}

}  // namespace papi::profiles
