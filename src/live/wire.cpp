#include "live/wire.hpp"

#include <zlib.h>

#include <protozero/pbf_writer.hpp>

#include "live/protobuf.hpp"

namespace papi::live {
namespace {

std::pair<std::string_view, std::string_view> read_pair(std::string_view bytes) {
  std::pair<std::string_view, std::string_view> pair;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case bytes_of(1):
        pair.first = view(reader);
        break;
      case bytes_of(2):
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
      case bytes_of(1):
        message.method = view(reader);
        break;
      case bytes_of(2):
        message.payload = view(reader);
        break;
      case varint(3):
        message.msg_id = static_cast<std::uint64_t>(reader.get_int64());
        break;
      case varint(6):
        message.is_history = flag(reader);
        break;
      default:
        reader.skip();
    }
  }
}

/// One bad message must drop neither its batch nor the batch's acknowledgement (dossier §4.10).
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
  protozero::pbf_writer frame(out);
  if (log_id != 0) frame.add_uint64(2, log_id);
  frame.add_string(6, "pb");
  frame.add_string(7, type.data(), type.size());
  frame.add_bytes(8, payload.data(), payload.size());
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
        case varint(2):
          frame.log_id = reader.get_uint64();
          break;
        case bytes_of(5): {
          const auto [key, value] = read_pair(view(reader));
          if (key == "compress_type") frame.gzip = value == "gzip";
          if (key == "im_cursor" || key == "im-cursor") frame.cursor = value;
          break;
        }
        case bytes_of(7):
          frame.payload_type = view(reader);
          break;
        case bytes_of(8):
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
        case bytes_of(1):
          result.messages.push_back(read_message(view(reader)));
          break;
        case bytes_of(2):
          result.cursor = view(reader);
          break;
        case bytes_of(5):
          result.internal_ext = view(reader);
          break;
        case bytes_of(7):
          result.route_params.push_back(read_pair(view(reader)));
          break;
        case varint(8):
          result.heartbeat_ms = reader.get_int64();
          break;
        case varint(9):
          result.need_ack = flag(reader);
          break;
        case bytes_of(10):
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
  // zlib takes a pointer to non-const but does not write through it.
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
    // All input is here. Told so, zlib needs no window of 32 KB of its own if the output fits at once.
    rc = inflate(&stream, Z_FINISH);
    const bool needs_room = rc == Z_BUF_ERROR && stream.avail_out == 0;
    out.resize(out.size() - stream.avail_out);
    if (rc != Z_STREAM_END && !needs_room) return malformed("compressed payload");
  }
  return out;
}

std::string enter_room_frame(std::uint64_t room_id, std::string_view cursor, std::uint64_t unique_id) {
  std::string payload;
  protozero::pbf_writer enter(payload);
  enter.add_int64(1, static_cast<std::int64_t>(room_id));
  enter.add_int64(4, 12);
  enter.add_string(5, "audience");
  if (!cursor.empty()) enter.add_string(6, cursor.data(), cursor.size());
  enter.add_int64(8, static_cast<std::int64_t>(unique_id));
  enter.add_string(9, "0");
  return push_frame(0, "im_enter_room", payload);
}

std::string heartbeat_frame(std::uint64_t room_id, std::uint64_t number) {
  std::string payload;
  protozero::pbf_writer heartbeat(payload);
  heartbeat.add_int64(1, static_cast<std::int64_t>(room_id));
  heartbeat.add_int64(2, static_cast<std::int64_t>(number));
  return push_frame(0, "hb", payload);
}

std::string ack_frame(std::uint64_t log_id, std::string_view internal_ext) {
  return push_frame(log_id, "ack", internal_ext);
}

}  // namespace papi::live
