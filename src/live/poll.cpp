// Polls (dossier §4.6). No recording holds one: the fields inside its three contents are those of the public
// schema v3.

#include "live/decoding.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_options = 100;

void read_options(std::string_view bytes, events::Poll& poll) {
  if (poll.options.size() >= most_options) return;
  events::PollOption option;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(1)) return option.votes = reader.get_int64(), true;
    if (reader.tag_and_type() == bytes_of(2)) return option.text = text(reader), true;
    return false;
  });
  poll.options.push_back(std::move(option));
}

/// One of PollStartContent, PollEndContent and PollUpdateVotesContent, which number their fields differently.
void read_content(std::string_view bytes, int options, int operator_field, Decoded& out, events::Poll& poll,
                  std::string* title) {
  each(bytes, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == bytes_of(options)) return read_options(view(reader), poll), true;
    if (field == bytes_of(operator_field)) return take_user(reader, out), true;
    if (title && field == bytes_of(4)) return *title = text(reader), true;
    return false;
  });
}

}  // namespace

void read_poll(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "poll";
  events::Poll poll;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(3):
        return poll.poll_id = std::to_string(reader.get_int64()), true;
      case bytes_of(4):
        poll.action = "start";
        return read_content(view(reader), 3, 5, out, poll, &notice.text), true;
      case bytes_of(5):
        poll.action = "end";
        return read_content(view(reader), 2, 3, out, poll, nullptr), true;
      case bytes_of(6):
        poll.action = "votes";
        return read_content(view(reader), 2, 3, out, poll, nullptr), true;
      case bytes_of(8):
        each(view(reader), [&](pbf_reader& basic) {
          if (basic.tag_and_type() != bytes_of(3)) return false;
          return notice.text = text(basic), true;
        });
        return true;
      default:
        return false;
    }
  });
  notice.poll = std::move(poll);
  out.body = std::move(notice);
}

}  // namespace papi::live
