// Reads polls (docs/webcast-protocol.md §4.6). No recording contains one. The fields of its three contents
// are those of the public schema v3.

#include "live/decoding.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_options = 100;

void read_options(std::string_view bytes, events::Poll& poll) {
  if (poll.options.size() >= most_options) return;
  events::PollOption option;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(PollOptionField::votes)) {
      option.votes = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() == bytes_of(PollOptionField::text)) {
      option.text = text(reader);
      return true;
    }
    return false;
  });
  poll.options.push_back(std::move(option));
}

/// The fields of a PollStartContent, PollEndContent or PollUpdateVotesContent, with their wire types. 0 means
/// that it does not have the field.
struct ContentFields {
  std::uint32_t options, person, title;
};
constexpr ContentFields start_content{bytes_of(PollStartContentField::options),
                                      bytes_of(PollStartContentField::operator_),
                                      bytes_of(PollStartContentField::title)};
constexpr ContentFields end_content{bytes_of(PollEndContentField::options),
                                    bytes_of(PollEndContentField::operator_), 0};
constexpr ContentFields votes_content{bytes_of(PollUpdateVotesContentField::options),
                                      bytes_of(PollUpdateVotesContentField::operator_), 0};

void read_content(std::string_view bytes, const ContentFields& fields, Decoded& out, events::Poll& poll,
                  std::string& title) {
  each(bytes, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == fields.options) {
      read_options(view(reader), poll);
      return true;
    }
    if (field == fields.person) {
      take_user(reader, out);
      return true;
    }
    if (field == fields.title) {
      title = text(reader);
      return true;
    }
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
      case varint(PollMessageField::poll_id):
        poll.poll_id = std::to_string(reader.get_int64());
        return true;
      case bytes_of(PollMessageField::start_content):
        poll.action = "start";
        read_content(view(reader), start_content, out, poll, notice.text);
        return true;
      case bytes_of(PollMessageField::end_content):
        poll.action = "end";
        read_content(view(reader), end_content, out, poll, notice.text);
        return true;
      case bytes_of(PollMessageField::update_votes_content):
        poll.action = "votes";
        read_content(view(reader), votes_content, out, poll, notice.text);
        return true;
      case bytes_of(PollMessageField::poll_basic_info):
        each(view(reader), [&](pbf_reader& basic) {
          if (basic.tag_and_type() != bytes_of(PollBasicInfoField::title)) return false;
          notice.text = text(basic);
          return true;
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
