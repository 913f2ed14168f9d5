#pragma once

#include "events/event_log.hpp"
#include "live/gift_names.hpp"
#include "live/gift_streaks.hpp"
#include "live/recent_ids.hpp"
#include "live/wire.hpp"

namespace papi::live {

/// Turns what TikTok sent for one room into its new events: decodes, drops what came before (dossier §5.1),
/// ends gift streaks. No I/O; times come from outside. A step is final at commit(); after rollback() it has
/// not happened, as events that could not be kept come again.
class RoomIntake {
 public:
  using TimePoint = GiftStreaks::TimePoint;

  RoomIntake(std::size_t remembered_ids, GiftNames& gifts, const events::PictureKeys& pictures)
      : recent_(remembered_ids), gifts_(gifts), pictures_(pictures) {}

  struct Moment {
    UnixMs unix_ms = 0;
    TimePoint steady;
  };
  struct Batch {
    events::PreparedEvents events;
    bool stream_ended = false;
  };

  /// What the room's sessions have in their logs already.
  void restore(const events::RecentEvents& recent, TimePoint now);
  /// Ids that count as seen, the newest of them that fit without forgetting others.
  void remember(const std::vector<std::uint64_t>& ids);
  /// `history`: the result is the backlog sent at connect.
  Batch take(const FetchResult& result, bool history, std::uint64_t room_id, Moment now);
  /// The ends of streaks without news for `idle`.
  Batch overdue_streaks(std::chrono::milliseconds idle, Moment now);
  void forget_person(const std::string& username) { streaks_.forget(username); }
  void connected(TimePoint now) { streaks_.touch_all(now); }

  void commit();
  void rollback();

  /// Messages whose bytes could not be read as their kind says; they came through as `unknown`.
  std::uint64_t undecodable() const { return undecodable_; }
  void count_undecodable() { ++undecodable_; }
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  void add(events::Event event, Batch& batch);

  RecentIds recent_;
  GiftNames& gifts_;
  const events::PictureKeys& pictures_;
  GiftStreaks streaks_;
  std::vector<std::uint64_t> fresh_;  // ids since the last commit
  std::uint64_t undecodable_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace papi::live
