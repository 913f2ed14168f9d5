#pragma once

#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"
#include "profiles/seen_people_store.hpp"

namespace papi::profiles {

/// The table `people` in SQLite. The writer and the readers must outlive it.
class SqliteSeenPeopleStore final : public SeenPeopleStore {
 public:
  SqliteSeenPeopleStore(sqlite::Writer& writer, sqlite::Readers& readers)
      : writer_(writer), readers_(readers) {}

  Task<Result<void>> save(Executor executor, std::vector<SeenPerson> people) override;
  Task<Result<std::optional<SeenPerson>>> find(Executor executor, events::UserId user_id) override;
  Task<Result<std::vector<events::UserId>>> ids_of(Executor executor, std::string username) override;
  Task<Result<void>> erase(Executor executor, std::vector<events::UserId> user_ids) override;
  Task<Result<std::size_t>> erase_unseen(Executor executor, UnixMs before, std::size_t limit) override;

 private:
  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
};

}  // namespace papi::profiles
