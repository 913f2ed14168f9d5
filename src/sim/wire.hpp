#pragma once

// The server's side of the Webcast transport (docs/webcast-protocol.md §3.2, §3.3), as functions of bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "webcast.pb.h"

namespace papi::sim {

/// One message of a room, ready for a BaseMessage.
struct RoomMessage {
  std::string method;
  std::string payload;
  std::int64_t msg_id = 0;
  bool is_history = false;
  bool ends_streak = false;  // end of a gift streak; the fault lost_streak_end withholds it
  bool in_truth = true;      // false: meant to be undecodable, so clients need no event for it
};

enum class Compression { gzip, none, unlabelled };  // unlabelled: gzip without compress_type

std::string gzip(std::string_view bytes);
/// Returns a gzip stream of a few hundred kilobytes that inflates to `size` zero bytes.
std::string gzip_bomb(std::size_t size);

/// Returns a WebcastPushFrame. `payload` is not compressed yet; this function compresses it.
std::string push_frame(std::uint64_t seq_id, std::uint64_t log_id, std::string_view payload_type,
                       std::string_view payload, Compression compression);
/// Returns the same frame around bytes that are already compressed.
std::string gzipped_push_frame(std::uint64_t seq_id, std::uint64_t log_id, std::string_view gzipped);

struct ClientFrame {
  enum class Kind { enter_room, heartbeat, ack, other };
  Kind kind = Kind::other;
  std::uint64_t log_id = 0;
  std::string text;  // of an ack: the internal_ext
  std::int64_t room_id = 0;
  std::string cursor;
};
/// Returns nullopt if the bytes are not a push frame.
std::optional<ClientFrame> read_client_frame(std::string_view bytes);

}  // namespace papi::sim
