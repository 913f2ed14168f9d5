#pragma once

#include <chrono>

#include "live/browser.hpp"
#include "live/gift_names.hpp"
#include "live/room_lookup.hpp"
#include "platform/base/completion.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"

namespace papi::live {

/// Keeps GiftNames fresh from the platform's gift list: one unsigned request a day, however many rooms there
/// are, and after a failure the next one ten minutes later. An empty or unreadable list is a failure
/// and replaces nothing. What was learned is saved behind. Lives on the live thread.
class GiftList {
 public:
  struct Options {
    std::chrono::milliseconds lifetime{86'400'000};
    std::chrono::milliseconds pause_after_failure{600'000};
  };
  /// What GET /gifts answers.
  struct Answer {
    GiftNames::Snapshot gifts;
    UnixMs updated_at = 0;
  };
  struct Parts {
    Executor executor;
    HttpClient& http;
    const TikTokHosts& hosts;
    const Browser& browser;
    GiftStore& store;
    Logger& log;
    const Clock& clock;
  };

  /// `known`: what the database has.
  GiftList(const Parts& parts, Options options, GiftStore::Known known);

  GiftNames& names() { return names_; }
  /// A room has connected: from now on the list is fetched whenever it is old. Never waited for.
  void refresh(std::uint64_t room_id);
  /// The gifts that are known. If none is, the list is fetched, unless that failed a short time ago: then
  /// UNAVAILABLE, with the time of the next try.
  Task<Result<Answer>> all();
  /// Those that are known. Fetches nothing.
  Task<GiftNames::Snapshot> known() { co_return names_.all(); }
  /// Ends what runs behind and waits for it.
  Task<void> join();

 private:
  Task<void> keep_fresh();
  Task<void> fetch();
  Task<void> save_news();
  void learned();
  void answer_waiters(bool fetched);
  Error unavailable() const;

  const Parts parts_;
  const Options options_;
  GiftNames names_;
  UnixMs listed_at_;
  UnixMs updated_at_;
  std::uint64_t room_id_ = 0;                   // of the room that connected last; 0: none yet
  std::chrono::steady_clock::time_point next_;  // when the list is to be fetched
  std::vector<Completion<bool>> waiters_;       // for the fetch that is under way
  bool fetching_ = false;
  bool keeping_fresh_ = false;
  bool saving_ = false;
  bool to_save_ = false;
  bool stopping_ = false;
  Signal wake_;  // of keep_fresh()
  TaskGroup tasks_;
};

}  // namespace papi::live
