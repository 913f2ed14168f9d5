#pragma once

#include "profiles/kept_profiles.hpp"
#include "profiles/name_lookups.hpp"
#include "profiles/recent_erasures.hpp"

namespace papi::profiles {

/// Erases the profile of a person, so that no work in progress brings it back. Used on one thread.
class EraseProfile {
 public:
  EraseProfile(KeptProfiles& kept, NameLookups& lookups, RecentErasures& erasures)
      : kept_(kept), lookups_(lookups), erasures_(erasures) {}

  /// Returns whether a profile existed.
  Task<Result<bool>> erase(Username username);

 private:
  KeptProfiles& kept_;
  NameLookups& lookups_;
  RecentErasures& erasures_;
};

}  // namespace papi::profiles
