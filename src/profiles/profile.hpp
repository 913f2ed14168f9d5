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

/// Where a profile's picture came from, best source first.
enum class Source : std::uint8_t { live, scraper, generator, initials };
inline constexpr std::size_t source_count = 4;
std::string_view to_string(Source source);
std::optional<Source> parse_source(std::string_view name);

/// The known data of a person.
struct Profile {
  std::string username;  // in the form of Username
  std::string nickname;
  Source source = Source::initials;
  std::int64_t priority = 1;
  std::string image_hash;
  UnixMs cached_at = 0;
  UnixMs expires_at = 0;
  /// When the sources are asked again; 0: at expires_at. After a failure or a "no such person" this is
  /// earlier, because such an answer is trusted for a shorter time than a picture.
  UnixMs look_again_at = 0;
  /// A better source failed during this look-up. Not stored.
  bool better_source_failed = false;

  bool expired(UnixMs now) const { return now >= expires_at; }
  bool due(UnixMs now) const { return look_again_at > 0 ? now >= look_again_at : expired(now); }
};

/// Returns the path of the picture in this service. Each picture has a path of its own. The CDN's address is
/// not used, because it expires.
std::string avatar_path(const Profile& profile);
inline constexpr std::size_t avatar_tag_length = 16;  // characters of the hash

/// Returns whether a picture of this priority may replace the known one. A lower source never replaces an
/// unexpired higher one.
inline bool may_replace(const Profile& known, std::int64_t priority, UnixMs now) {
  return priority >= known.priority || known.expired(now);
}

/// A profile with its picture and its rendered JSON. All requests share it. Immutable, except for the mark
/// that a refresh was requested.
struct ProfileEntry {
  ProfileEntry(Profile p, std::shared_ptr<const Image> i);

  const Profile profile;
  const std::shared_ptr<const Image> image;
  const std::string json;  // the object of docs/profiles.md; `avatar_url` has no prefix
  mutable std::atomic<bool> refresh_asked{false};

  /// Returns `json` with `prefix` added before `avatar_url`. The prefix comes from http::read_prefix().
  std::string json_below(std::string_view prefix) const;
  std::size_t bytes() const { return json.size() + image->bytes.size() + 512; }
};
using EntryPtr = std::shared_ptr<const ProfileEntry>;

}  // namespace papi::profiles
