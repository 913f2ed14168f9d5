#pragma once

// Plays recorded messages: lines of {"method": …, "payload_b64": base64 of BaseProtoMessage.payload}, or the
// events of an export of profile-api, which are turned back into messages.

#include <filesystem>
#include <map>

#include "platform/base/error.hpp"
#include "sim/message_source.hpp"

namespace papi::sim {

struct Recording {
  std::vector<RoomMessage> messages;
  /// Events that no message leads to (see message_of_event()), by type; those of our own service apart.
  std::map<std::string, std::size_t> left_out;
};

/// The messages of NDJSON text, in its order; payload bytes untouched, msg_id from the payload's common part
/// (0 where it has none). An Error names the first bad line.
Result<Recording> parse_recording(std::string_view ndjson);
Result<Recording> read_recording(const std::filesystem::path& file);

/// Says each recorded message once. Messages that end a stream (Control 3 and 4) come last, as a recording of
/// several rooms has some in its middle, after which no client would listen. Each room of a host gets what is
/// left over.
class Replay final : public MessageSource {
 public:
  explicit Replay(std::vector<RoomMessage> messages);

  void enter_room(std::int64_t) override {}
  void set_picture_base(const std::string&) override {}
  std::vector<RoomMessage> backlog(UnixMs) override { return {}; }
  std::vector<RoomMessage> next(std::size_t n, UnixMs) override;
  bool done() const override { return at_ == messages_.size(); }

 private:
  std::vector<RoomMessage> messages_;
  std::size_t at_ = 0;
};

}  // namespace papi::sim
