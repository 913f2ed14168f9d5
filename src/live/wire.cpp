#include "live/wire.hpp"

#include <zlib.h>

#include <protozero/pbf_builder.hpp>

#include "live/protobuf.hpp"

namespace papi::live {
namespace {

std::pair<std::string_view, std::string_view> read_pair(std::string_view bytes) {
  std::pair<std::string_view, std::string_view> pair;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_of(PushHeaderField::key):
        pair.first = view(reader);
        break;
      case bytes_of(PushHeaderField::value):
        pair.second = view(reader);
        break;
      default:
        reader.skip();
    }
  }
  return pair;
}

void read_fields(std::string_view bytes, RawMessage& message) {
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_of(BaseMessageField::method):
        message.method = view(reader);
        break;
      case bytes_of(BaseMessageField::payload):
        message.payload = view(reader);
        break;
      case varint(BaseMessageField::msg_id):
        message.msg_id = static_cast<std::uint64_t>(reader.get_int64());
        break;
      case varint(BaseMessageField::is_history):
        message.is_history = flag(reader);
        break;
      default:
        reader.skip();
    }
  }
}

/// Reads one message. A bad message must not lose its batch or the batch's acknowledgement
/// (docs/webcast-protocol.md §4.10).
RawMessage read_message(std::string_view bytes) {
  RawMessage message;
  try {
    read_fields(bytes, message);
  } catch (const protozero::exception&) {
    message.damaged = true;
    message.payload = bytes;
  }
  return message;
}

std::string push_frame(std::uint64_t log_id, std::string_view type, std::string_view payload) {
  std::string out;
  protozero::pbf_builder<PushFrameField> frame(out);
  if (log_id != 0) frame.add_uint64(PushFrameField::log_id, log_id);
  frame.add_string(PushFrameField::payload_encoding, "pb");
  frame.add_string(PushFrameField::payload_type, type.data(), type.size());
  frame.add_bytes(PushFrameField::payload, payload.data(), payload.size());
  return out;
}

Error malformed(std::string_view what) {
  return Error(ErrorCode::upstream_error, std::string(what) + " cannot be decoded");
}

}  // namespace

Result<PushFrame> read_push_frame(std::string_view bytes) {
  PushFrame frame;
  try {
    pbf_reader reader = reader_of(bytes);
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case varint(PushFrameField::log_id):
          frame.log_id = reader.get_uint64();
          break;
        case bytes_of(PushFrameField::headers): {
          const auto [key, value] = read_pair(view(reader));
          if (key == "compress_type") frame.gzip = value == "gzip";
          if (key == "im_cursor" || key == "im-cursor") frame.cursor = value;
          break;
        }
        case bytes_of(PushFrameField::payload_type):
          frame.payload_type = view(reader);
          break;
        case bytes_of(PushFrameField::payload):
          frame.payload = view(reader);
          break;
        default:
          reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return malformed("frame");
  }
  frame.gzip = frame.gzip || frame.payload.starts_with(std::string_view("\x1F\x8B\x08", 3));
  return frame;
}

Result<FetchResult> read_fetch_result(std::string_view bytes) {
  FetchResult result;
  try {
    pbf_reader reader = reader_of(bytes);
    while (reader.next()) {
      switch (reader.tag_and_type()) {
        case bytes_of(FetchResultField::messages):
          result.messages.push_back(read_message(view(reader)));
          break;
        case bytes_of(FetchResultField::cursor):
          result.cursor = view(reader);
          break;
        case bytes_of(FetchResultField::internal_ext):
          result.internal_ext = view(reader);
          break;
        case bytes_of(FetchResultField::route_params):
          result.route_params.push_back(read_pair(view(reader)));
          break;
        case varint(FetchResultField::heartbeat_duration):
          result.heartbeat = std::chrono::milliseconds(reader.get_int64());
          break;
        case varint(FetchResultField::need_ack):
          result.need_ack = flag(reader);
          break;
        case bytes_of(FetchResultField::push_server):
          result.push_server = view(reader);
          break;
        default:
          reader.skip();
      }
    }
  } catch (const protozero::exception&) {
    return malformed("fetch result");
  }
  return result;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return Error(ErrorCode::internal, "zlib could not start");
  struct End {
    z_stream& s;
    ~End() { inflateEnd(&s); }
  } end{stream};
  // zlib takes a non-const pointer but does not write through it.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (int rc = Z_BUF_ERROR; rc != Z_STREAM_END;) {
    const std::size_t had = out.size();
    if (had >= limit)
      return Error(ErrorCode::upstream_error, "compressed payload inflates to more than is allowed");
    out.resize(
        std::min(limit, std::max<std::size_t>(had * 2, std::max<std::size_t>(bytes.size() * 4, 4096))));
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + had;
    stream.avail_out = static_cast<uInt>(out.size() - had);
    // All input is present. With Z_FINISH, zlib does not allocate its window of 32 KB if the output fits at
    // once.
    rc = inflate(&stream, Z_FINISH);
    const bool needs_room = rc == Z_BUF_ERROR && stream.avail_out == 0;
    out.resize(out.size() - stream.avail_out);
    if (rc != Z_STREAM_END && !needs_room) return malformed("compressed payload");
  }
  return out;
}

std::string enter_room_frame(events::RoomId room_id, std::string_view cursor, std::uint64_t unique_id) {
  std::string payload;
  protozero::pbf_builder<EnterRoomField> enter(payload);
  enter.add_int64(EnterRoomField::room_id, static_cast<std::int64_t>(room_id.value()));
  enter.add_int64(EnterRoomField::live_id, 12);
  enter.add_string(EnterRoomField::identity, "audience");
  if (!cursor.empty()) enter.add_string(EnterRoomField::cursor, cursor.data(), cursor.size());
  enter.add_int64(EnterRoomField::enter_unique_id, static_cast<std::int64_t>(unique_id));
  enter.add_string(EnterRoomField::filter_welcome_msg, "0");
  return push_frame(0, "im_enter_room", payload);
}

std::string heartbeat_frame(events::RoomId room_id, std::uint64_t number) {
  std::string payload;
  protozero::pbf_builder<HeartBeatField> heartbeat(payload);
  heartbeat.add_int64(HeartBeatField::room_id, static_cast<std::int64_t>(room_id.value()));
  heartbeat.add_int64(HeartBeatField::send_packet_seq_id, static_cast<std::int64_t>(number));
  return push_frame(0, "hb", payload);
}

std::string ack_frame(std::uint64_t log_id, std::string_view internal_ext) {
  return push_frame(log_id, "ack", internal_ext);
}

}  // namespace papi::live
