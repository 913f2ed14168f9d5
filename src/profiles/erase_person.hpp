#pragma once

// Erases a person (GDPR Art. 17): the use case behind DELETE /profile/{username}.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "platform/base/enum_count.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"
#include "profiles/username.hpp"

namespace papi::profiles {

/// The kinds of personal data that an erasure removes.
enum class PersonalData {
  live_memory,     // open streaks and names in the memory of rooms and sessions
  seen_people,     // the names of user ids, in memory and in the database
  events,          // names in stored events, open streaks and figures
  profile,         // the profile and its picture, in memory and in the database
  database_files,  // old bytes of all of these
};
/// Returns the name for people, such as "events and figures".
std::string_view to_string(PersonalData kind);

struct ErasureSubject {
  std::string username;  // lower case
  std::string nickname;  // empty: unknown
};

/// A store that holds personal data. It registers with ErasePerson.
struct ErasableStore {
  PersonalData kind;
  /// Erases what the store has of that person. Returns the number of records that it deleted or changed. May
  /// be called again, also after a failure in the middle: then it erases the rest. `executor` is the
  /// caller's.
  std::function<Task<Result<std::size_t>>(Executor executor, ErasureSubject subject)> erase;
};

struct ErasureReport {
  std::string username;
  std::array<std::size_t, enum_count<PersonalData>()> records{};  // indexed by PersonalData

  std::size_t of(PersonalData kind) const { return records[static_cast<std::size_t>(kind)]; }
};

/// Asks every registered store in turn. There is no transaction over all of them: a failed step ends the
/// erasure, and the same call again continues it, because each step can be repeated. Any thread; the stores
/// must outlive it.
class ErasePerson {
 public:
  using NicknameOf = std::function<Task<Result<std::string>>(Executor executor, std::string username)>;

  /// `stores` in the order in which they are asked; a kind may occur several times. The store that
  /// `nickname_of` reads must come after all stores that need the nickname. Otherwise a second call would not
  /// know it any more.
  ErasePerson(NicknameOf nickname_of, std::vector<ErasableStore> stores)
      : nickname_of_(std::move(nickname_of)), stores_(std::move(stores)) {}

  /// Returns what was erased. Fails with NOT_FOUND if no store knew the person. If a store fails, fails with
  /// that store's code. The message then says which data are erased, which are not, and to send the request
  /// again.
  Task<Result<ErasureReport>> erase(Executor executor, Username username) const;

 private:
  const NicknameOf nickname_of_;
  const std::vector<ErasableStore> stores_;
};

}  // namespace papi::profiles
