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

/// The gift streaks of one event log (docs/webcast-protocol.md §5.4). It decides which gift event ends its
/// streak. Exactly one does, even if TikTok repeats the end message or never sends it. Pure: the caller
/// passes the time.
///
/// The decoder names a streak by sender, gift, group and receiver. If a streak begins again under the same
/// name, it gets an id of its own: the name, '#' and the id of its first message.
///
/// Changes since the last commit() can be undone, because events that could not be stored are sent again.
class GiftStreaks {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t max_open = 10'000;  // if there are more, close_idle() closes the oldest
  static constexpr std::size_t remembered_ends = 2'000;

  /// Fills in the name and price of the event's gift from its open streak, if they are known. Call it before
  /// observe().
  void inherit(events::Event& event) const;
  /// Sets the event's final streak_id, streak_end and count, and updates the streak. If the event shows that
  /// an earlier streak of the same name has ended, adds the end of that streak to `lost_ends`. The caller
  /// stores that end before the event.
  void observe(events::Event& event, TimePoint now, std::vector<events::Event>& lost_ends);
  /// Continues the streaks of an earlier run of the program. The idle time of open streaks starts again at
  /// `now`.
  void restore(const events::SessionPast& past, TimePoint now);

  /// Ends the streaks that got no message for `idle`, because their end message was lost. Returns the end
  /// events.
  std::vector<events::Event> close_idle(TimePoint now, std::chrono::milliseconds idle);
  /// Ends all streaks, because the stream is over. Returns the end events.
  std::vector<events::Event> close_all();
  /// Restarts the idle time of open streaks at `now`. Without a connection no message could arrive.
  void touch_all(TimePoint now);
  /// Extends the wait of open streaks by `time`, because nothing was received for that long. The idle time
  /// never starts later than `now`.
  void delay_all(std::chrono::steady_clock::duration time, TimePoint now);

  /// Erases a person. Open streaks that the person sent or received will end without the person's name.
  /// `username` is in lower case.
  void erase_person(const std::string& username);

  /// Returns the streak changes since the last commit(). They must be stored with the events.
  std::vector<events::StreakChange> changes() const;
  /// Ends the step: its changes can no longer be undone.
  void commit();
  /// Undoes all changes since the last commit().
  void rollback();
  std::size_t open() const { return open_.size(); }

 private:
  struct Open {
    std::shared_ptr<const events::Event> last;  // shared with the undo list
    TimePoint heard;
  };
  struct Undo {
    std::string name;
    std::optional<Open> open;                // state before the step
    std::optional<EndedStreaks::End> ended;  // state before the step
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
