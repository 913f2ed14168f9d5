#pragma once

#include <functional>

#include "events/share_store.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::events {

/// Keeps the shares of sessions in SQLite. Everything runs on the writer's thread, so that a reading sees all
/// changes before it.
class SqliteShareStore final : public ShareStore {
 public:
  /// As load(), on a connection of the caller. Blocking.
  static Result<std::map<SessionKey, SessionShares>> shares_in(sqlite::Database& database);

  // Part of the transactions of SqliteEventStore. Runs on the writer's thread. Throws DatabaseFault.
  /// Deletes the shares of a session that is deleted.
  static void delete_session(sqlite::Database& database, SessionKey session_key);
  /// The session `to` replaces the session `from`. If `owner` also owns `from`, the shares move to `to`.
  static void move(sqlite::Database& database, SessionKey from, SessionKey to, const std::string& owner);

  explicit SqliteShareStore(sqlite::Writer& writer) : writer_(writer) {}

  Task<Result<std::map<SessionKey, SessionShares>>> load(Executor executor) override;
  Task<Result<SessionShares>> read(Executor executor, SessionKey session_key) override;
  Task<Result<SessionShares>> add(Executor executor, SessionKey session_key, SessionShare share,
                                  std::vector<std::string> gone) override;
  Task<Result<SessionShares>> remove(Executor executor, SessionKey session_key, std::string reader) override;

 private:
  Task<Result<SessionShares>> change(Executor executor, SessionKey session_key,
                                     std::function<void(sqlite::Database&)> edit);

  sqlite::Writer& writer_;
};

}  // namespace papi::events
