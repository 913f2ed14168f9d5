#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::events {

/// A session is shared with this user or key.
struct SessionShare {
  std::string reader;  // id of the user, or of the key
  UnixMs shared_at = 0;
};
using SessionShares = std::vector<SessionShare>;  // oldest first

/// Keeps the shares of sessions. A share ends with its session (EventStore deletes it in the same
/// transaction), with the user or key that it is for, and with the session's owner (triggers).
class ShareStore {
 public:
  /// Creates and migrates the table. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// Creates what ends shares with their users and keys. Behind the tables of sessions and of accounts.
  static Result<void> prepare_endings(sqlite::Database& database);
  /// By session key. Blocking: at start only.
  static Result<std::map<std::int64_t, SessionShares>> load(sqlite::Database& database);

  // Within the transactions of EventStore. On the writer's thread; throw DatabaseFault.
  /// The session is deleted.
  static void forget(sqlite::Database& database, std::int64_t session_key);
  /// The session of `to` takes the place of the one of `from`. Its shares go on if its owner is the same.
  static void move(sqlite::Database& database, std::int64_t from, std::int64_t to, const std::string& owner);

  explicit ShareStore(sqlite::Writer& writer) : writer_(writer) {}

  /// Each returns the session's shares as they are stored then, or an Error: then it is not known whether the
  /// change was stored.
  Task<Result<SessionShares>> read(Executor executor, std::int64_t session_key);
  /// Adds the share unless there is one for that reader, and deletes those of `gone`.
  Task<Result<SessionShares>> add(Executor executor, std::int64_t session_key, SessionShare share,
                                  std::vector<std::string> gone);
  Task<Result<SessionShares>> remove(Executor executor, std::int64_t session_key, std::string reader);

 private:
  Task<Result<SessionShares>> change(Executor executor, std::int64_t session_key,
                                     std::function<void(sqlite::Database&)> edit);

  sqlite::Writer& writer_;
};

}  // namespace papi::events
