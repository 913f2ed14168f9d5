#pragma once

#include <optional>
#include <vector>

#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"
#include "profiles/profile.hpp"

namespace papi::profiles {

struct ProfileQuery {
  std::string after;  // the last name of the page before
  std::size_t limit = 50;
  std::optional<Source> source;
};

/// Keeps profiles in SQLite, and each picture once per hash for as long as a profile has it.
class ProfileStore {
 public:
  /// Creates and migrates the tables. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);

  ProfileStore(sqlite::Writer& writer, sqlite::Readers& readers) : writer_(writer), readers_(readers) {}

  Task<Result<std::optional<EntryPtr>>> find(Executor executor, std::string username);
  Task<Result<void>> save(Executor executor, EntryPtr entry);
  /// The profile, and its picture unless others have the same; whether there was one.
  Task<Result<bool>> erase(Executor executor, std::string username);
  /// Some of the profiles that have expired; their names. None: there are no more.
  Task<Result<std::vector<std::string>>> erase_expired(Executor executor, UnixMs now);
  /// By name.
  Task<Result<std::vector<Profile>>> list(Executor executor, ProfileQuery query);

 private:
  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
};

}  // namespace papi::profiles
