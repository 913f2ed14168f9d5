#pragma once

// Plays a recording: lines of {"method": …, "payload_b64": base64 of BaseProtoMessage.payload}, or exported
// events of profile-api, which are turned into messages again.

#include <filesystem>
#include <map>

#include "platform/base/error.hpp"
#include "sim/message_source.hpp"

namespace papi::sim {

struct Recording {
  std::vector<RoomMessage> messages;
  /// How many events have no message (see message_of_event()), by type. This service's own events are counted
  /// apart.
  std::map<std::string, std::size_t> left_out;
};

/// Reads the messages of NDJSON text in order. The payload bytes stay unchanged. The msg_id comes from the
/// payload's common part (0 if it has no msg_id). The Error names the first bad line.
Result<Recording> parse_recording(std::string_view ndjson);
/// Reads a file with parse_recording().
Result<Recording> read_recording(const std::filesystem::path& file);

/// Plays each recorded message once. Messages that end a stream (Control 3 and 4) come last. A recording of
/// several rooms has some in its middle, and after them no client would listen. If the host gets a new room,
/// it continues with the messages that are left.
class Replay final : public MessageSource {
 public:
  explicit Replay(std::vector<RoomMessage> messages);

  void enter_room(std::int64_t) override {}
  void set_picture_base(const std::string&) override {}
  std::vector<RoomMessage> backlog(UnixMs) override { return {}; }
  std::vector<RoomMessage> next(std::size_t n, UnixMs) override;
  bool done() const override { return at_ == messages_.size(); }
  std::int64_t add_likes(std::int64_t taps) override { return likes_ += taps; }
  std::int64_t add_follower() override { return ++followers_; }

 private:
  std::vector<RoomMessage> messages_;
  std::size_t at_ = 0;
  std::int64_t likes_ = 0;  // those that add_likes() has added
  std::int64_t followers_ = 0;
};

}  // namespace papi::sim
