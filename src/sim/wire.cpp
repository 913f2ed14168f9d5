#include "sim/wire.hpp"

#include <zlib.h>

#include <stdexcept>

namespace papi::sim {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib: the largest window, with a gzip wrapper

/// Deflates `bytes`, repeated `repeats` times, into one gzip stream.
std::string deflate_gzip(std::string_view bytes, std::size_t repeats, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out;
  char buffer[16 * 1024];
  for (std::size_t i = 0; i < repeats; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    const int flush = i + 1 == repeats ? Z_FINISH : Z_NO_FLUSH;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer);
      stream.avail_out = sizeof buffer;
      deflate(&stream, flush);
      out.append(buffer, sizeof buffer - stream.avail_out);
    } while (stream.avail_out == 0);
  }
  deflateEnd(&stream);
  return out;
}

std::string serialize_frame(std::uint64_t seq_id, std::uint64_t log_id, std::string_view payload_type,
                            std::string payload, std::string_view compress_type) {
  webcast::PushFrame frame;
  frame.set_seq_id(seq_id);
  frame.set_log_id(log_id);
  frame.set_service(8888);  // as in recordings of TikTok's player; no client reads it
  frame.set_method(8);
  if (!compress_type.empty()) {
    auto* header = frame.add_headers();
    header->set_key("compress_type");
    header->set_value(std::string(compress_type));
  }
  frame.set_payload_encoding("pb");
  frame.set_payload_type(std::string(payload_type));
  frame.set_payload(std::move(payload));
  return frame.SerializeAsString();
}

}  // namespace

std::string gzip(std::string_view bytes) { return deflate_gzip(bytes, 1, 1); }

std::string gzip_bomb(std::size_t size) {
  constexpr std::size_t piece = 1024 * 1024;
  return deflate_gzip(std::string(piece, '\0'), (size + piece - 1) / piece, 9);
}

std::string push_frame(std::uint64_t seq_id, std::uint64_t log_id, std::string_view payload_type,
                       std::string_view payload, Compression compression) {
  if (compression == Compression::none)
    return serialize_frame(seq_id, log_id, payload_type, std::string(payload), "none");
  const std::string_view label = compression == Compression::gzip ? "gzip" : "";
  return serialize_frame(seq_id, log_id, payload_type, gzip(payload), label);
}

std::string gzipped_push_frame(std::uint64_t seq_id, std::uint64_t log_id, std::string_view gzipped) {
  return serialize_frame(seq_id, log_id, "msg", std::string(gzipped), "gzip");
}

std::optional<ClientFrame> read_client_frame(std::string_view bytes) {
  webcast::PushFrame frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  ClientFrame out;
  out.log_id = frame.log_id();
  if (frame.payload_type() == "im_enter_room") {
    webcast::EnterRoom enter;
    if (!enter.ParseFromString(frame.payload())) return std::nullopt;
    out.kind = ClientFrame::Kind::enter_room;
    out.room_id = enter.room_id();
    out.cursor = enter.cursor();
  } else if (frame.payload_type() == "hb") {
    webcast::HeartBeat beat;  // old clients send an empty one
    if (!beat.ParseFromString(frame.payload())) return std::nullopt;
    out.kind = ClientFrame::Kind::heartbeat;
    out.room_id = beat.room_id();
  } else if (frame.payload_type() == "ack") {
    out.kind = ClientFrame::Kind::ack;
    out.text = frame.payload();
  }
  return out;
}

}  // namespace papi::sim
