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

/// What one host's rooms have really sent. Tests compare clients with it. Every distinct message counts once:
/// by msg_id, or by method and bytes if msg_id is 0. History counts too. A message counts under the event
/// type that profile-api gives it. Messages of the fault truncated_payload, garbage frames and gzip bombs do
/// not count. All other messages of faults do.
class Truth {
 public:
  /// Adds a sent message. Returns false if it was counted before or does not count.
  bool add(const RoomMessage& message);
  /// Notes that a client has acknowledged a frame with this message.
  void acknowledge(const RoomMessage& message);

  std::int64_t sent(const std::string& type) const;
  std::int64_t total() const { return total_; }
  std::int64_t streaks() const { return static_cast<std::int64_t>(gifts_.size()); }
  std::int64_t gift_count() const;
  std::int64_t diamonds() const;
  std::int64_t taps() const { return taps_; }
  std::int64_t acked() const { return static_cast<std::int64_t>(acked_.size()); }
  std::int64_t last_msg_id() const { return last_msg_id_; }
  /// The ids of all messages that count, in the order of sending.
  const std::vector<std::int64_t>& said() const { return said_; }

  /// Writes members into an open JSON object: sent, gifts, likes, total, acked, last_msg_id.
  void write(JsonWriter& out) const;

 private:
  struct Given {
    std::int64_t count = 0;
    std::int64_t diamonds_each = 0;
  };
  /// Sender, gift, group (a single gift: ~identity), receiver (0: the host).
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

/// Returns the event type of a message: comment, gift, like, join, subscribe, follow, share, viewers,
/// control, room, unknown.
std::string event_type(const RoomMessage& message);

}  // namespace papi::sim
