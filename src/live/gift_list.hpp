#pragma once

#include <chrono>

#include "live/browser.hpp"
#include "live/gift_names.hpp"
#include "live/room_lookup.hpp"
#include "platform/base/task_group.hpp"
#include "platform/log/logger.hpp"

namespace papi::live {

/// Keeps GiftNames fresh: at most one unsigned request a day, however many rooms there are, and after a
/// failure one every ten minutes at most. It is never waited for. Lives on the live thread.
class GiftList {
 public:
  GiftList(Executor executor, HttpClient& http, const TikTokHosts& hosts, const Browser& browser, Logger& log,
           const Clock& clock);

  GiftNames& names() { return names_; }
  /// A room has connected: fetches the list if it is old.
  void refresh(std::uint64_t room_id);
  Task<void> join() { return tasks_.join(); }

 private:
  Task<void> fetch(std::uint64_t room_id);

  const Executor executor_;
  HttpClient& http_;
  const TikTokHosts& hosts_;
  const Browser& browser_;
  Logger& log_;
  const Clock& clock_;
  GiftNames names_;
  std::chrono::steady_clock::time_point next_;
  TaskGroup tasks_;
};

}  // namespace papi::live
