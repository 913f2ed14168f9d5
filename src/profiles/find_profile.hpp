#pragma once

#include "profiles/kept_profiles.hpp"
#include "profiles/name_lookups.hpp"
#include "profiles/profile_rules.hpp"
#include "profiles/profile_sources.hpp"

namespace papi::profiles {

/// Finds the profile of one person: from memory, else from the store, else from the sources. A profile that
/// is due is returned at once and refreshed in the background. Used on `executor`'s thread, unless a member
/// says otherwise.
class FindProfile {
 public:
  struct Dependencies {
    Executor executor;
    KeptProfiles& kept;
    NameLookups& lookups;
    ProfileSources& sources;
    const ProfileRules& rules;
    Logger& log;
    const Clock& clock;
  };
  explicit FindProfile(const Dependencies& deps) : deps_(deps) {}

  /// Returns the profile from memory, or nullptr. If it is due, starts a refresh. May be called on any
  /// thread.
  EntryPtr cached(const Username& username);
  /// Returns the profile. Does not fail because a source or the store fails.
  Task<Result<EntryPtr>> find(Username username);
  /// Asks the sources now, even if the profile is not due. Returns false if one of them failed.
  Task<bool> revalidate(Username username);
  /// One look-up, which `lookups` runs. `forced`: asks the sources even if the profile is known.
  Task<Result<EntryPtr>> look_up(Username username, bool forced);

 private:
  /// Starts a refresh if the profile is due and none was asked for.
  void refresh_if_due(const Username& username, const ProfileEntry& entry);
  void refresh(const Username& username);
  Task<EntryPtr> ask_sources(Username username, EntryPtr known);

  const Dependencies deps_;
};

}  // namespace papi::profiles
