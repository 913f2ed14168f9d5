#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "profiles/image.hpp"
#include "profiles/username.hpp"

namespace papi::profiles {

/// Where a profile's picture came from, the best first.
enum class Source : std::uint8_t { live, scraper, generator, initials };
inline constexpr std::size_t source_count = 4;
std::string_view to_string(Source source);
std::optional<Source> parse_source(std::string_view name);

/// What is known of a person.
struct Profile {
  std::string username;  // as Username has it
  std::string nickname;
  Source source = Source::initials;
  std::int64_t priority = 1;
  std::string image_hash;
  UnixMs cached_at = 0;
  UnixMs expires_at = 0;
  /// When the sources are asked again; 0: when it expires. A failure or a "no such person" is not believed
  /// for as long as a picture.
  UnixMs look_again_at = 0;
  /// A better source could not say anything when this was looked up. Not stored.
  bool better_source_failed = false;

  bool expired(UnixMs now) const { return now >= expires_at; }
  bool due(UnixMs now) const { return look_again_at > 0 ? now >= look_again_at : expired(now); }
};

/// Where this service has the picture: not the CDN's address, which expires, and another one for each
/// picture.
std::string avatar_path(const Profile& profile);
inline constexpr std::size_t avatar_tag_length = 16;  // of the hash

/// A lower source never replaces an unexpired higher one.
inline bool may_replace(const Profile& known, std::int64_t priority, UnixMs now) {
  return priority >= known.priority || known.expired(now);
}

/// A profile with its picture and its rendered JSON: what is answered, shared by all who ask. Immutable but
/// for the mark that somebody has asked for its refresh.
struct ProfileEntry {
  ProfileEntry(Profile p, std::shared_ptr<const Image> i);

  const Profile profile;
  const std::shared_ptr<const Image> image;
  const std::string json;  // the contract's object; `avatar_url` has no prefix
  mutable std::atomic<bool> refresh_asked{false};

  /// `json` with `avatar_url` below `prefix`, a prefix of http::read_prefix().
  std::string json_below(std::string_view prefix) const;
  std::size_t bytes() const { return json.size() + image->bytes.size() + 512; }
};
using EntryPtr = std::shared_ptr<const ProfileEntry>;

}  // namespace papi::profiles
