#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "events/event_store.hpp"
#include "live/ended_streaks.hpp"

namespace papi::live {

/// The gift streaks of one event log (Webcast protocol §5.4). Decides which gift event ends its streak:
/// exactly one does, also if the platform repeats the end message or never sends it. Pure: time comes from
/// outside.
///
/// The decoder names a streak by sender, gift, group and receiver. A streak that begins anew under the same
/// name gets an id of its own: the name, '#' and the id of its first message.
///
/// Changes since the last commit() can be undone: events that could not be stored come again.
class GiftStreaks {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t max_open = 10'000;  // beyond: close_idle() closes the oldest
  static constexpr std::size_t remembered_ends = 2'000;

  /// Fills in the name and price that the event's own streak is known to have. Call it before observe().
  void inherit(events::Event& event) const;
  /// Sets the event's streak_id, streak_end and count for good and follows the streak. If the event shows
  /// that the streak before it has ended, that end is added to `lost_ends`: it goes before the event.
  void observe(events::Event& event, TimePoint now, std::vector<events::Event>& lost_ends);
  /// Continues the streaks of an earlier run of the program. Open streaks wait anew from `now`.
  void restore(const events::SessionPast& past, TimePoint now);

  /// Ends the streaks that had no news for `idle`: the end message was lost.
  std::vector<events::Event> close_idle(TimePoint now, std::chrono::milliseconds idle);
  /// Ends all streaks: the stream is over.
  std::vector<events::Event> close_all();
  /// Open streaks wait anew from `now`: without a connection no news could come.
  void touch_all(TimePoint now);
  /// Open streaks wait that much longer, but not longer than anew from `now`: nothing at all was heard for so
  /// long.
  void delay_all(std::chrono::steady_clock::duration time, TimePoint now);

  /// A person is erased: open streaks that they gave or were given end without their name. `username` is in
  /// lower case.
  void forget(const std::string& username);

  /// What has to be stored with the events since the last commit().
  std::vector<events::StreakChange> changes() const;
  void commit();
  void rollback();
  std::size_t open() const { return open_.size(); }

 private:
  struct Open {
    std::shared_ptr<const events::Event> last;  // shared with the undo
    TimePoint heard;
  };
  struct Undo {
    std::string name;
    std::optional<Open> open;                // before the step
    std::optional<EndedStreaks::End> ended;  // likewise
  };
  static std::string name_of(const std::string& streak_id) {
    return streak_id.substr(0, streak_id.find('#'));
  }
  std::optional<Open> find(const std::string& name) const;
  void remember(const std::string& name);
  events::Event end_of(const std::string& name, const Open& streak);

  std::unordered_map<std::string, Open> open_;  // by name
  EndedStreaks ended_;
  std::vector<Undo> undo_;
};

}  // namespace papi::live
