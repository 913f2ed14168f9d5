#pragma once

#include "profiles/accept_live_avatar.hpp"
#include "profiles/erase_profile.hpp"
#include "profiles/find_profile.hpp"
#include "profiles/profile_lists.hpp"

namespace papi::profiles {

/// The profiles of people, composed of their use cases. Returns the profile of a person, always: from memory,
/// else from the store, else from the first source that has a picture. Members run on `executor`'s thread
/// unless they say otherwise. Call stop() before the destructor.
class ProfileService {
 public:
  struct Dependencies {
    Executor executor;
    ProfileStore& store;
    ProfileCache& cache;
    PictureSource* scraper = nullptr;    // nullptr: not asked
    PictureSource* generator = nullptr;  // a remote one; nullptr: the built-in one
    Logger& log;
    const Clock& clock;
    Random& random;
  };
  ProfileService(const Dependencies& deps, const ProfileOptions& options);

  // One person, see FindProfile.
  EntryPtr cached(const Username& username) { return find_.cached(username); }  // on any thread
  Task<Result<EntryPtr>> find(Username username) { return find_.find(std::move(username)); }
  Task<bool> revalidate(Username username) { return find_.revalidate(std::move(username)); }
  /// Returns the profile from memory, or nullptr. Starts no refresh. May be called on any thread.
  EntryPtr in_memory(const Username& username) { return kept_.in_memory(username); }

  // Many people, see ProfileLists.
  Task<Result<std::vector<EntryPtr>>> find_all(std::vector<Username> usernames) {
    return lists_.find_all(std::move(usernames));
  }
  Task<std::map<std::string, bool>> revalidate_all(std::vector<Username> usernames) {
    return lists_.revalidate_all(std::move(usernames));
  }

  // Pictures of live events, see AcceptLiveAvatar and ProfileSources.
  Task<bool> wants_live(Username username) { return live_.wants(std::move(username)); }
  bool live_may_try() { return sources_.live_may_try(); }
  void live_failed(bool for_now) { sources_.live_failed(for_now); }
  /// Counts a picture as fetched and takes it into the profile. `seen_at` is a value of erasures().
  Task<void> accept_live_avatar(Username username, std::string nickname, Image image, std::uint64_t seen_at);

  // Deleting, see EraseProfile and KeptProfiles.
  Task<Result<bool>> erase(Username username) { return erase_.erase(std::move(username)); }
  std::uint64_t erasures() const { return erasures_.count(); }  // on any thread
  Task<Result<std::size_t>> clear_expired() { return kept_.clear_expired(); }

  std::vector<SourceHealth> health() const { return sources_.health(); }
  /// Returns how many refreshes run in the background.
  std::size_t refreshing() const { return lookups_.refreshing(); }
  ProfileStore& store() { return kept_.store(); }
  Executor executor() const { return executor_; }

  /// From now on no source is asked. Look-ups in progress end with the known or a drawn picture. May be
  /// called on any thread.
  void stop_sources() { sources_.stop(); }
  /// Starts no more background refreshes, and waits for the work in progress.
  Task<void> stop() { return lookups_.stop(); }

 private:
  const Executor executor_;
  const ProfileOptions options_;
  const ProfileRules rules_;
  ProfileSources sources_;
  KeptProfiles kept_;
  RecentErasures erasures_;
  NameLookups lookups_;
  FindProfile find_;
  ProfileLists lists_;
  AcceptLiveAvatar live_;
  EraseProfile erase_;
};

}  // namespace papi::profiles
