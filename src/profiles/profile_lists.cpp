#include "profiles/profile_lists.hpp"

namespace papi::profiles {

Task<Result<std::vector<EntryPtr>>> ProfileLists::find_all(std::vector<Username> usernames) {
  const Error not_asked(ErrorCode::unavailable, "The service is shutting down");
  std::vector<Result<EntryPtr>> found(usernames.size(), not_asked);
  std::size_t next = 0;
  TaskGroup workers(executor_, [&log = log_](std::exception_ptr) {
    log.error("A profile look-up ended with an exception");
  });
  for (std::size_t i = 0; i < parallel_look_ups; ++i) workers.spawn(find_from(usernames, next, found));
  co_await workers.join();
  std::vector<EntryPtr> entries;
  for (auto& entry : found) {
    if (!entry) co_return entry.error();
    entries.push_back(std::move(*entry));
  }
  co_return entries;
}

/// One of the workers. `next` is the shared position in the list.
Task<void> ProfileLists::find_from(const std::vector<Username>& usernames, std::size_t& next,
                                   std::vector<Result<EntryPtr>>& found) {
  while (next < usernames.size()) {
    const std::size_t mine = next++;
    found[mine] = co_await one_.find(usernames[mine]);
  }
}

Task<std::map<std::string, bool>> ProfileLists::revalidate_all(std::vector<Username> usernames) {
  std::map<std::string, bool> results;
  std::size_t next = 0;
  TaskGroup workers(
      executor_, [&log = log_](std::exception_ptr) { log.error("A revalidation ended with an exception"); });
  for (std::size_t i = 0; i < parallel_revalidations; ++i)
    workers.spawn(revalidate_from(usernames, next, results));
  co_await workers.join();
  co_return results;
}

/// One of the workers. `next` is the shared position in the list.
Task<void> ProfileLists::revalidate_from(const std::vector<Username>& usernames, std::size_t& next,
                                         std::map<std::string, bool>& results) {
  while (next < usernames.size() && !sources_.stopped()) {
    const Username& username = usernames[next++];
    if (!results.emplace(username.text(), false).second) continue;  // another worker has this name
    results[username.text()] = co_await one_.revalidate(username);
  }
}

}  // namespace papi::profiles
