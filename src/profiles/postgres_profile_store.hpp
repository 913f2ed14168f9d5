#pragma once

#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"
#include "profiles/profile_store.hpp"

namespace papi::profiles {

/// The profiles in PostgreSQL. All operations are safe beside those of another process. Everything that it
/// uses must outlive it.
///
/// If the answer to a deletion is lost, the writer repeats it. Then the profiles are deleted, but the answer
/// says only what the second try found: erase() returns false and erase_expired() leaves names out.
class PostgresProfileStore final : public ProfileStore {
 public:
  PostgresProfileStore(postgres::Writer& writer, postgres::Pool& pool, const postgres::Schema& schema)
      : writer_(writer), pool_(pool), schema_(schema) {}

  Task<Result<std::optional<EntryPtr>>> find(Executor executor, std::string username) override;
  Task<Result<void>> save(Executor executor, EntryPtr entry) override;
  Task<Result<bool>> erase(Executor executor, std::string username) override;
  Task<Result<std::vector<std::string>>> erase_expired(Executor executor, UnixMs now) override;
  Task<Result<std::vector<Profile>>> list(Executor executor, ProfileQuery query) override;

 private:
  postgres::Writer& writer_;
  postgres::Pool& pool_;
  const postgres::Schema schema_;
};

}  // namespace papi::profiles
