#pragma once

#include "live/gift_store.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::live {

/// Keeps the gifts in SQLite. Everything runs on the writer's thread, so that load() sees all saves before
/// it.
class SqliteGiftStore final : public GiftStore {
 public:
  /// Brings the database to the current schema. Blocking; call it at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// As load(), on a connection of the caller. Blocking.
  static Result<Known> gifts_in(sqlite::Database& database);

  explicit SqliteGiftStore(sqlite::Writer& writer) : writer_(writer) {}

  Task<Result<Known>> load(Executor executor) override;
  Task<Result<void>> save(Executor executor, Known known) override;

 private:
  sqlite::Writer& writer_;
};

}  // namespace papi::live
