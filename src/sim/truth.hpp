#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "platform/base/json_writer.hpp"
#include "sim/wire.hpp"

namespace papi::sim {

/// What one host's rooms have really said: the ground truth that clients are compared with. Every distinct
/// message counts once (by msg_id; by method and bytes where that is 0), history included, under the event
/// type that profile-api gives it. Messages of the fault truncated_payload, garbage frames and gzip bombs do
/// not count; all other messages that a fault makes do.
class Truth {
 public:
  /// A message was said. False: it was counted before, or is not part of the truth.
  bool add(const RoomMessage& message);
  /// A client has acknowledged a frame with this message.
  void acknowledge(const RoomMessage& message);

  std::int64_t sent(const std::string& type) const;
  std::int64_t total() const { return total_; }
  std::int64_t streaks() const { return static_cast<std::int64_t>(gifts_.size()); }
  std::int64_t gift_count() const;
  std::int64_t diamonds() const;
  std::int64_t taps() const { return taps_; }
  std::int64_t acked() const { return static_cast<std::int64_t>(acked_.size()); }
  std::int64_t last_msg_id() const { return last_msg_id_; }
  /// The ids of all messages of the truth, in the order in which they were said.
  const std::vector<std::int64_t>& said() const { return said_; }

  /// Members of an open JSON object: sent, gifts, likes, total, acked, last_msg_id.
  void write(JsonWriter& out) const;

 private:
  struct Given {
    std::int64_t count = 0;
    std::int64_t diamonds_each = 0;
  };
  /// Sender, gift, group (single: ~identity), receiver (0: the host).
  using GiftKey = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

  static std::uint64_t identity(const RoomMessage& message);
  void add_gift(const RoomMessage& message, std::uint64_t id);

  std::unordered_set<std::uint64_t> seen_;
  std::vector<std::int64_t> said_;
  std::unordered_set<std::uint64_t> acked_;
  std::map<std::string, std::int64_t> sent_;
  std::map<GiftKey, Given> gifts_;
  std::int64_t total_ = 0;
  std::int64_t taps_ = 0;
  std::int64_t last_msg_id_ = 0;
};

/// The event type of a message: comment, gift, like, join, subscribe, follow, share, viewers, control, room,
/// unknown.
std::string event_type(const RoomMessage& message);

}  // namespace papi::sim
