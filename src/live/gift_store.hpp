#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/error.hpp"
#include "platform/base/task.hpp"

namespace papi::live {

/// A gift as TikTok sells it.
struct KnownGift {
  std::int64_t id = 0;
  std::string name;
  std::int64_t diamonds = 0;  // price of one gift
  std::string image_url;
  std::int64_t type = 0;  // TikTok's number; 1 can be sent in streaks
  bool streakable = false;
};

/// Keeps the gifts, so that names and prices are known right after a start.
class GiftStore {
 public:
  struct Known {
    std::vector<KnownGift> gifts;
    UnixMs listed_at = 0;   // when TikTok's list was fetched; 0: never
    UnixMs updated_at = 0;  // when a gift was last learned
  };
  GiftStore() = default;
  GiftStore(const GiftStore&) = delete;
  GiftStore& operator=(const GiftStore&) = delete;
  virtual ~GiftStore() = default;

  // Both may be called from any thread and resume on `executor`, which is that of the caller.
  /// Returns all gifts and the two times.
  virtual Task<Result<Known>> load(Executor executor) = 0;
  /// Inserts the gifts, or updates those of the same id, and stores the two times: all of it, or nothing.
  virtual Task<Result<void>> save(Executor executor, Known known) = 0;
};

}  // namespace papi::live
