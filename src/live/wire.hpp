#pragma once

// The transport layer of the Webcast protocol (docs/webcast-protocol.md §3.2, §4.1), as functions of bytes.
// Views in the results point into the input. If a known field has a wrong wire type, it is skipped; that is
// not an error.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.hpp"
#include "platform/base/error.hpp"

namespace papi::live {

/// WebcastPushFrame: one WebSocket message.
struct PushFrame {
  std::uint64_t log_id = 0;
  bool gzip = false;  // by header or by the payload's first bytes: real servers are not consistent
  std::string_view payload_type;
  std::string_view payload;
  std::string_view cursor;  // the im_cursor header; it overrides the result's cursor
};

/// BaseProtoMessage.
struct RawMessage {
  std::string_view method;
  std::string_view payload;
  std::uint64_t msg_id = 0;
  bool is_history = false;
  bool damaged = false;  // its bytes could not be read completely
};

/// ProtoMessageFetchResult: the sign server's answer, and the payload of `msg` frames.
struct FetchResult {
  std::vector<RawMessage> messages;
  std::string_view cursor;
  std::string_view internal_ext;
  std::string_view push_server;
  std::vector<std::pair<std::string_view, std::string_view>> route_params;
  std::chrono::milliseconds heartbeat{0};
  bool need_ack = false;
};

/// Fails with upstream_error if the bytes are not a push frame.
Result<PushFrame> read_push_frame(std::string_view bytes);
/// Fails with upstream_error if the bytes are not a fetch result. A single bad message does not fail; it is
/// marked as damaged.
Result<FetchResult> read_fetch_result(std::string_view bytes);

/// Inflates a gzip payload. Fails if the result has more than `limit` bytes: some kilobytes of gzip can hold
/// gigabytes.
Result<std::string> gunzip(std::string_view bytes, std::size_t limit);

/// The client's frames, ready to send (docs/webcast-protocol.md §3.3).
std::string enter_room_frame(events::RoomId room_id, std::string_view cursor, std::uint64_t unique_id);
std::string heartbeat_frame(events::RoomId room_id, std::uint64_t number);
std::string ack_frame(std::uint64_t log_id, std::string_view internal_ext);

}  // namespace papi::live
