#pragma once

#include <chrono>

#include "live/browser.hpp"
#include "live/gift_names.hpp"
#include "live/room_lookup.hpp"
#include "platform/base/promise.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"

namespace papi::live {

/// Keeps GiftNames up to date from TikTok's gift list. It makes one unsigned request a day for all rooms
/// together, and after a failure the next one ten minutes later. An empty or unreadable list counts as a
/// failure and replaces nothing. New gifts are saved in the background. Lives on the live thread.
class GiftList {
 public:
  struct Options {
    std::chrono::milliseconds lifetime{86'400'000};
    std::chrono::milliseconds pause_after_failure{600'000};
  };
  /// The answer of GET /gifts.
  struct Answer {
    GiftNames::Snapshot gifts;
    UnixMs updated_at = 0;
  };
  struct Dependencies {
    Executor executor;
    HttpClient& http;
    const TikTokHosts& hosts;
    const Browser& browser;
    GiftStore& store;
    Logger& log;
    const Clock& clock;
  };

  /// `known` is the content of the database.
  GiftList(const Dependencies& deps, Options options, GiftStore::Known known);

  GiftNames& names() { return names_; }
  /// Call it when a room has connected. Starts the task that fetches the list whenever it is due. Does not
  /// wait for the fetch.
  void refresh(events::RoomId room_id);
  /// Returns the known gifts. If no gift is known, waits for a fetch, unless the last one failed a short time
  /// ago. If there is still no gift, fails with UNAVAILABLE and the time of the next try.
  Task<Result<Answer>> all();
  /// Returns the known gifts. Fetches nothing.
  Task<GiftNames::Snapshot> known() { co_return names_.all(); }
  /// Ends the background tasks and waits for them.
  Task<void> join();

 private:
  Task<void> keep_fresh();
  Task<void> fetch();
  Task<void> save_news();
  void learned();
  void answer_waiters(bool fetched);
  Error unavailable() const;

  const Dependencies deps_;
  const Options options_;
  GiftNames names_;
  UnixMs listed_at_;
  UnixMs updated_at_;
  events::RoomId room_id_;                      // of the room that connected last, or 0
  std::chrono::steady_clock::time_point next_;  // when the next fetch is due
  std::vector<Promise<bool>> waiters_;          // wait for the fetch in progress
  bool fetching_ = false;
  bool keeping_fresh_ = false;
  bool saving_ = false;
  bool to_save_ = false;
  bool stopping_ = false;
  Notifier wake_;  // wakes keep_fresh()
  TaskGroup tasks_;
};

}  // namespace papi::live
