#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/event.hpp"
#include "live/recent_ids.hpp"

namespace papi::live {

/// Decides which gift event ends its streak (dossier §5.4): exactly one per streak, also where TikTok repeats
/// the end message or never sends it. Pure: time comes from outside. Changes since the last commit() can be
/// undone, as events that could not be kept come again.
class GiftStreaks {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t max_open = 10'000;  // beyond: the oldest is closed
  static constexpr std::size_t remembered_ends = 20'000;

  /// Sets the event's streak_end for good and follows the streak.
  void observe(events::Event& event, TimePoint now);
  /// What an earlier run of the program had seen; oldest first. Open streaks wait anew from `now`.
  void restore(events::Event event, bool ended, TimePoint now);

  /// Ends for the streaks that had no news for `idle`: the end message was lost.
  std::vector<events::Event> close_idle(TimePoint now, std::chrono::milliseconds idle);
  /// The same for all: the stream is over.
  std::vector<events::Event> close_all();
  /// Streaks begin to wait anew: while there was no connection, no news could come.
  void touch_all(TimePoint now);

  /// A person who is forgotten: their open streaks end without a name. `username` in lower case.
  void forget(const std::string& username);

  void commit() { undo_.clear(); }
  void rollback();
  std::size_t open() const { return open_.size(); }

 private:
  struct Open {
    events::Event last;
    TimePoint heard;
  };
  struct Undo {
    std::string streak_id;
    std::optional<Open> before;
    std::optional<std::uint64_t> ended;  // remembered as ended by the step
  };
  static std::uint64_t key_of(const std::string& streak_id) { return std::hash<std::string>{}(streak_id); }
  std::optional<Open> find(const std::string& streak_id) const;
  events::Event end_of(const Open& streak, const std::string& streak_id);

  std::unordered_map<std::string, Open> open_;
  RecentIds ended_{remembered_ends};
  std::vector<Undo> undo_;
};

}  // namespace papi::live
