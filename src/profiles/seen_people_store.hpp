#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/ids.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::profiles {

/// The last known names of a person. A name that was never seen is empty.
struct SeenPerson {
  events::UserId user_id;
  std::string username;  // lower case
  std::string nickname;
  UnixMs seen_at = 0;
};

/// Keeps the names of user ids.
///
/// All operations may be called from any thread. `executor` is the caller's. Writes, and ids_of(), happen in
/// the order of the calls. A read that begins after a write has ended sees it. An operation that fails has
/// changed nothing. Fails with UNAVAILABLE if too many operations wait, else with DATABASE.
class SeenPeopleStore {
 public:
  virtual ~SeenPeopleStore() = default;

  /// Stores all people, each user id at most once. A name that is empty leaves the stored one as it is.
  virtual Task<Result<void>> save(Executor executor, std::vector<SeenPerson> people) = 0;
  /// Returns the person, or nullopt if that id is not stored.
  virtual Task<Result<std::optional<SeenPerson>>> find(Executor executor, events::UserId user_id) = 0;
  /// Returns the ids of everybody with that username, in ascending order. Nobody has an empty one. It sees
  /// every save() that was called before.
  virtual Task<Result<std::vector<events::UserId>>> ids_of(Executor executor, std::string username) = 0;
  /// Deletes these people. An id that is not stored is skipped.
  virtual Task<Result<void>> erase(Executor executor, std::vector<events::UserId> user_ids) = 0;
  /// Deletes at most `limit` of the people who were last seen before `before`. Returns how many.
  virtual Task<Result<std::size_t>> erase_unseen(Executor executor, UnixMs before, std::size_t limit) = 0;
};

}  // namespace papi::profiles
