#pragma once

#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"
#include "profiles/profile_store.hpp"

namespace papi::profiles {

/// The profiles in SQLite. The writer and the readers must outlive it.
class SqliteProfileStore final : public ProfileStore {
 public:
  SqliteProfileStore(sqlite::Writer& writer, sqlite::Readers& readers) : writer_(writer), readers_(readers) {}

  Task<Result<std::optional<EntryPtr>>> find(Executor executor, std::string username) override;
  Task<Result<void>> save(Executor executor, EntryPtr entry) override;
  Task<Result<bool>> erase(Executor executor, std::string username) override;
  Task<Result<std::vector<std::string>>> erase_expired(Executor executor, UnixMs now) override;
  Task<Result<std::vector<Profile>>> list(Executor executor, ProfileQuery query) override;

 private:
  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
};

}  // namespace papi::profiles
