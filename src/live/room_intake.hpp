#pragma once

#include "live/recent_ids.hpp"
#include "live/room_batch.hpp"
#include "live/room_memory.hpp"
#include "live/wire.hpp"

namespace papi::live {

/// Decodes what the platform sent for one room and drops what came before (Webcast protocol §5.1). No I/O;
/// times come from outside. Ids of a batch are final at commit(). After rollback() they have not been seen:
/// events that could not be stored come again.
class RoomIntake {
 public:
  RoomIntake(std::size_t remembered_ids, const events::PictureKeys& pictures)
      : pictures_(pictures), recent_(remembered_ids) {}

  struct Moment {
    UnixMs unix_ms = 0;
    GiftStreaks::TimePoint steady;
  };

  /// Remembers the ids of several logs, oldest first each. If not all fit, the newest of each log stay.
  void remember_merged(const std::vector<events::SessionPast>& pasts);
  /// Whether a message of that id would be dropped as a repeated one.
  bool knows(std::uint64_t id) const { return recent_.contains(id); }
  /// `history`: the result is the backlog sent at connect.
  RoomBatch take(const FetchResult& result, bool history, std::uint64_t room_id, Moment now);

  void commit();
  void rollback();
  /// Removes a person's name. `username` is in lower case.
  void forget_person(const std::string& username) { memory_.forget_person(username); }
  std::int64_t likes_total() const { return memory_.likes_total(); }
  /// Before the first batch: what was heard of the stream before.
  void restore_stream(std::uint64_t room_id, std::int64_t likes);

  /// Messages whose bytes could not be read as their kind says; they came through as `unknown`.
  std::uint64_t undecodable() const { return undecodable_; }
  void count_undecodable() { ++undecodable_; }
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  const events::PictureKeys& pictures_;
  RecentIds recent_;
  RoomMemory memory_;
  std::vector<std::uint64_t> fresh_;  // ids since the last commit
  std::uint64_t undecodable_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace papi::live
