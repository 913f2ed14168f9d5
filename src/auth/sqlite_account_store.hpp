#pragma once

#include "auth/account_store.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::auth {

/// The reads of an AccountStore on SQLite. A subclass says where they and the transactions run.
class SqliteAccountReads : public AccountStore {
 public:
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

 protected:
  using Query = std::function<void(sqlite::Database&)>;  // throws DatabaseFault

 private:
  /// Runs `query` so that it sees one state of the database.
  virtual Task<Result<void>> read(Executor executor, Query query) = 0;
  template <class Value>
  Task<Result<Value>> look_up(Executor executor, std::function<Value(sqlite::Database&)> query);
};

/// The AccountStore of the running service. A transaction is one job of the writer thread. It runs there to
/// its end and never waits, so no other write comes between. It is repeated when another job of its group
/// fails (see Writer). If `work` returns an Error, a savepoint takes its writes back, and the other jobs of
/// the group are not run again. Reads run on the reader threads.
class SqliteAccountStore final : public SqliteAccountReads {
 public:
  SqliteAccountStore(sqlite::Writer& writer, sqlite::Readers& readers) : writer_(writer), readers_(readers) {}

 private:
  Task<Result<void>> run(Executor executor, Work<void> work) override;
  Task<Result<void>> read(Executor executor, Query query) override;

  sqlite::Writer& writer_;
  sqlite::Readers& readers_;
};

/// An AccountStore on one connection, for commands and for the start of the program. Everything runs on the
/// calling thread and blocks it, also while another program holds the database locked. One thread at a time.
class SqliteConnectionAccountStore final : public SqliteAccountReads {
 public:
  explicit SqliteConnectionAccountStore(sqlite::Database& database) : database_(database) {}

 private:
  Task<Result<void>> run(Executor executor, Work<void> work) override;
  Task<Result<void>> read(Executor executor, Query query) override;

  sqlite::Database& database_;
};

}  // namespace papi::auth
