#pragma once

#include "live/moment.hpp"
#include "live/recent_ids.hpp"
#include "live/room_batch.hpp"
#include "live/room_memory.hpp"
#include "live/wire.hpp"

namespace papi::live {

/// Decodes the fetch results of one room and drops repeated messages (docs/webcast-protocol.md §5.1). No I/O:
/// the caller passes the time. The ids of a batch are final at commit(). After rollback() they count as not
/// seen, because events that could not be stored are sent again.
class IngestPipeline {
 public:
  IngestPipeline(std::size_t remembered_ids, const events::PictureKeys& pictures)
      : pictures_(pictures), recent_(remembered_ids) {}

  /// Remembers the ids of several event logs, oldest first each. If not all fit, the newest of each event log
  /// stay.
  void remember_merged(const std::vector<events::SessionPast>& pasts);
  /// Returns whether a message with that id would be dropped as a repeat.
  bool knows(std::uint64_t id) const { return recent_.contains(id); }
  /// Decodes a fetch result. Set `history` if the result is the backlog sent at connect.
  RoomBatch take(const FetchResult& result, bool history, events::RoomId room_id, Moment now);

  void commit();
  void rollback();
  /// Removes a person's name. `username` is in lower case.
  void erase_person(const std::string& username) { memory_.erase_person(username); }
  std::int64_t likes_total() const { return memory_.likes_total(); }
  /// Restores the stream and its like total from an earlier run. Call it before the first batch.
  void restore_stream(events::RoomId room_id, std::int64_t likes);

  /// How many messages could not be read as their method requires. They became `unknown` events. Frames that
  /// could not be read are counted too.
  std::uint64_t undecodable() const { return undecodable_; }
  void count_undecodable() { ++undecodable_; }
  std::uint64_t duplicates() const { return duplicates_; }

 private:
  const events::PictureKeys& pictures_;
  RecentIds recent_;
  RoomMemory memory_;
  std::vector<std::uint64_t> uncommitted_;  // ids since the last commit
  std::uint64_t undecodable_ = 0;
  std::uint64_t duplicates_ = 0;
};

}  // namespace papi::live
