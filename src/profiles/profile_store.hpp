#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/base/task.hpp"
#include "profiles/profile.hpp"

namespace papi::profiles {

struct ProfileQuery {
  std::string after;  // the last name of the previous page
  std::size_t limit = 50;
  std::optional<Source> source;
};

/// The largest numbers of Source and ImageType that a row may have.
inline constexpr std::int16_t max_source = source_count - 1;
inline constexpr std::int16_t max_image_type = image_type_count - 1;

/// Keeps profiles with their pictures. A picture is stored once per hash, as long as a profile uses it.
///
/// A row whose source or type of picture is not a known number is damaged. It counts as absent for find(),
/// list() and save(), so the profile is fetched and stored anew.
///
/// All operations may be called from any thread. `executor` is the caller's. Writes of one caller happen in
/// the order of the calls, and a read that begins after a write has ended sees it. An operation that fails
/// has changed nothing. Fails with UNAVAILABLE if too many operations wait, else with DATABASE.
class ProfileStore {
 public:
  virtual ~ProfileStore() = default;

  /// Returns the profile with its picture, or nullopt if it is not stored.
  virtual Task<Result<std::optional<EntryPtr>>> find(Executor executor, std::string username) = 0;
  /// Stores the profile, unless a profile of higher priority that has not expired at its `cached_at` is
  /// stored.
  virtual Task<Result<void>> save(Executor executor, EntryPtr entry) = 0;
  /// Deletes the profile, and its picture if no other profile uses it. Returns whether the profile existed.
  virtual Task<Result<bool>> erase(Executor executor, std::string username) = 0;
  /// Deletes at most `erased_at_once` of the profiles that have expired at `now`. Returns their names. An
  /// empty list means that there are no more.
  virtual Task<Result<std::vector<std::string>>> erase_expired(Executor executor, UnixMs now) = 0;
  /// Returns profiles in the order of the bytes of their names.
  virtual Task<Result<std::vector<Profile>>> list(Executor executor, ProfileQuery query) = 0;

  static constexpr std::size_t erased_at_once = 500;
};

}  // namespace papi::profiles
