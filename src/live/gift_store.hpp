#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::live {

/// A gift as the platform sells it.
struct KnownGift {
  std::int64_t id = 0;
  std::string name;
  std::int64_t diamonds = 0;  // price of one
  std::string image_url;
  std::int64_t type = 0;  // the platform's number; 1 can be sent in streaks
  bool streakable = false;
};

/// Keeps the gifts in SQLite, so that names and prices are known from the start.
class GiftStore {
 public:
  struct Known {
    std::vector<KnownGift> gifts;
    UnixMs listed_at = 0;   // when the platform's list was fetched; 0: never
    UnixMs updated_at = 0;  // when something was learned last
  };
  /// Creates and migrates the tables. Blocking: at start only.
  static Result<void> prepare(sqlite::Database& database);
  /// Blocking: at start only.
  static Result<Known> load(sqlite::Database& database);

  explicit GiftStore(sqlite::Writer& writer) : writer_(writer) {}

  /// Inserts or updates the gifts and the two times.
  Task<Result<void>> save(Executor executor, Known known);

 private:
  sqlite::Writer& writer_;
};

}  // namespace papi::live
