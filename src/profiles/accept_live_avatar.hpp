#pragma once

#include "profiles/kept_profiles.hpp"
#include "profiles/name_lookups.hpp"
#include "profiles/profile_rules.hpp"
#include "profiles/recent_erasures.hpp"

namespace papi::profiles {

/// Takes a picture from a live event into the profile of the person. Used on one thread.
class AcceptLiveAvatar {
 public:
  AcceptLiveAvatar(KeptProfiles& kept, NameLookups& lookups, const ProfileRules& rules,
                   const RecentErasures& erasures)
      : kept_(kept), lookups_(lookups), rules_(rules), erasures_(erasures) {}

  /// Returns whether a picture from a live event would be better or newer than the known one.
  Task<bool> wants(Username username);
  /// Stores the picture, unless the person was erased after `seen_at`, a value of RecentErasures::count().
  Task<void> accept(Username username, std::string nickname, Image image, std::uint64_t seen_at);

 private:
  Task<void> accept_locked(const Username& username, std::string nickname, Image image,
                           std::uint64_t seen_at);

  KeptProfiles& kept_;
  NameLookups& lookups_;
  const ProfileRules& rules_;
  const RecentErasures& erasures_;
};

}  // namespace papi::profiles
