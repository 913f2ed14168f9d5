#pragma once

#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"
#include "profiles/seen_people_store.hpp"

namespace papi::profiles {

/// The table `people` in PostgreSQL. Everything that it uses must outlive it.
///
/// If the answer to erase_unseen() is lost, the writer repeats it and only the second try is counted.
class PostgresSeenPeopleStore final : public SeenPeopleStore {
 public:
  PostgresSeenPeopleStore(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema)
      : writer_(writer), pool_(pool), schema_(schema) {}

  Task<Result<void>> save(Executor executor, std::vector<SeenPerson> people) override;
  Task<Result<std::optional<SeenPerson>>> find(Executor executor, events::UserId user_id) override;
  Task<Result<std::vector<events::UserId>>> ids_of(Executor executor, std::string username) override;
  Task<Result<void>> erase(Executor executor, std::vector<events::UserId> user_ids) override;
  Task<Result<std::size_t>> erase_unseen(Executor executor, UnixMs before, std::size_t limit) override;

 private:
  postgres::Writer& writer_;
  postgres::Pool& pool_;
  const postgres::Schema schema_;
};

}  // namespace papi::profiles
