#pragma once

#include <string>

#include "platform/base/random.hpp"
#include "profiles/profile_sources.hpp"

namespace papi::profiles {

/// Decides which profile follows from the known one and from what was learned about the person. Asks and
/// stores nothing. `known` is nullptr if the person is unknown.
class ProfileRules {
 public:
  ProfileRules(const ProfileOptions& options, const Clock& clock, Random& random)
      : options_(options), clock_(clock), random_(random) {}

  /// Returns the lowest priority of a source that is worth asking at `now`.
  std::int64_t worth_asking(const EntryPtr& known, UnixMs now) const;
  /// Returns the profile after a look-up. `asked_at`: when the sources were asked.
  EntryPtr after_look_up(const Username& username, SourceAnswer answer, const EntryPtr& known,
                         UnixMs asked_at) const;
  /// Returns whether a picture from a live event would be better or newer than the known one.
  bool wants_live(const EntryPtr& known) const;
  /// Returns the profile with the picture of a live event, or nullptr if that must not replace the known one.
  EntryPtr with_live_picture(const Username& username, std::string nickname, Image image,
                             const EntryPtr& known) const;

 private:
  void draw(SourceAnswer& answer, const Username& username) const;
  Profile profile_of(const Username& username, const SourceAnswer& answer, const EntryPtr& known) const;

  const ProfileOptions& options_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace papi::profiles
