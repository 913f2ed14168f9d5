#pragma once

#include "events/share_store.hpp"
#include "platform/postgres/pool.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::events {

/// Keeps the shares in PostgreSQL (table session_shares of migrations/postgres). Everything that it uses must
/// outlive it.
class PostgresShareStore final : public ShareStore {
 public:
  PostgresShareStore(postgres::Writer& writer, const postgres::Schema& schema)
      : writer_(writer), schema_(schema) {}

  Task<Result<std::map<SessionKey, SessionShares>>> load(Executor executor) override;
  Task<Result<SessionShares>> read(Executor executor, SessionKey session_key) override;
  Task<Result<SessionShares>> add(Executor executor, SessionKey session_key, SessionShare share,
                                  std::vector<std::string> gone) override;
  Task<Result<SessionShares>> remove(Executor executor, SessionKey session_key, std::string reader) override;

 private:
  /// Runs the statements and reads the shares afterwards, in one transaction.
  Task<Result<SessionShares>> change(SessionKey session_key, std::vector<postgres::Statement> statements);

  postgres::Writer& writer_;
  const postgres::Schema schema_;
};

}  // namespace papi::events
