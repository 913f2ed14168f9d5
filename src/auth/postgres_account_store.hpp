#pragma once

#include "auth/account_store.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::auth {

/// Keeps users, keys and tokens in PostgreSQL (migrations/postgres). A transaction runs on a connection of
/// the pool under READ COMMITTED: what is read behind a lock is current. It is repeated after a deadlock or,
/// if `isolation` says so, after a serialisation failure. Everything that it uses must outlive it.
class PostgresAccountStore final : public AccountStore {
 public:
  /// `fence` is the first statement of each transaction; a process that does not own the database, such as a
  /// command, has none.
  PostgresAccountStore(postgres::Pool& pool, const postgres::Schema& schema,
                       std::optional<postgres::Statement> fence = {},
                       postgres::Isolation isolation = postgres::Isolation::read_committed)
      : pool_(pool), schema_(schema), fence_(std::move(fence)), isolation_(isolation) {}

  Task<Result<std::optional<User>>> user(Executor executor, std::string id) override;
  Task<Result<std::optional<User>>> user_by_name(Executor executor, std::string username) override;
  Task<Result<UserPage>> users(Executor executor, UserQuery query) override;
  Task<Result<std::optional<ApiKey>>> key(Executor executor, std::string id) override;
  Task<Result<KeyPage>> keys(Executor executor, KeyQuery query) override;
  Task<Result<StreamTokenPage>> stream_tokens(Executor executor, StreamTokenQuery query) override;
  Task<Result<AccountVersions>> versions(Executor executor) override;
  Task<Result<std::shared_ptr<const AccountSnapshot>>> snapshot(
      Executor executor, const std::vector<EnvironmentKey>& environment,
      std::shared_ptr<const AccountSnapshot> before) override;

 private:
  Task<Result<void>> run(Executor executor, Work<void> work) override;

  postgres::Pool& pool_;
  const postgres::Schema schema_;
  const std::optional<postgres::Statement> fence_;
  const postgres::Isolation isolation_;
};

}  // namespace papi::auth
