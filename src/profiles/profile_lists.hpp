#pragma once

#include <map>
#include <string>
#include <vector>

#include "profiles/find_profile.hpp"

namespace papi::profiles {

inline constexpr std::size_t parallel_revalidations = 8;
inline constexpr std::size_t parallel_look_ups = 8;  // for one request

/// Look-ups of many people in one request. Several workers share the list. Used on `executor`'s thread.
class ProfileLists {
 public:
  ProfileLists(Executor executor, FindProfile& one, const ProfileSources& sources, Logger& log)
      : executor_(executor), one_(one), sources_(sources), log_(log) {}

  /// Finds many profiles, several at a time. Returns them in the order of `usernames`. Fails if one of them
  /// fails.
  Task<Result<std::vector<EntryPtr>>> find_all(std::vector<Username> usernames);
  /// Asks the sources about many people now, several at a time, each name once. Returns false for those of
  /// whom a source failed. After a stop of the sources, the rest of the names is left out.
  Task<std::map<std::string, bool>> revalidate_all(std::vector<Username> usernames);

 private:
  Task<void> find_from(const std::vector<Username>& usernames, std::size_t& next,
                       std::vector<Result<EntryPtr>>& found);
  Task<void> revalidate_from(const std::vector<Username>& usernames, std::size_t& next,
                             std::map<std::string, bool>& results);

  const Executor executor_;
  FindProfile& one_;
  const ProfileSources& sources_;
  Logger& log_;
};

}  // namespace papi::profiles
