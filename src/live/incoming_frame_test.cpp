#include "live/incoming_frame.hpp"

#include "live/message_builder.hpp"

namespace papi::live::incoming_frame_test {
namespace {

using Kind = ServerFrame::Kind;

std::string header(const std::string& key, const std::string& value) {
  return message({{1, key}, {2, value}});
}
/// A push frame with log id 77.
std::string push(const std::string& type, const std::string& payload, const std::string& extra = {}) {
  return message({{2, 77}, {7, type}, {8, payload}}) + extra;
}
/// A fetch result with one message, cursor, internal_ext, heartbeat and need_ack.
const std::string result =
    message({{1, message({{1, "WebcastChatMessage"}})}, {2, "c1"}, {5, "ext"}, {8, 5'000}, {9, true}});

}  // namespace

TEST(IncomingFrame, a_message_is_sorted_by_its_type_and_payload) {
  struct Row {
    std::string bytes;
    Kind kind;
    bool undecodable;
    std::string cursor;
  };
  const std::string im_cursor = message({{5, header("im_cursor", "c2")}});
  const std::string says_gzip = message({{5, header("compress_type", "gzip")}});
  const Row rows[] = {
      {push("msg", result), Kind::result, false, "c1"},
      {push("im_enter_room_resp", result), Kind::backlog, false, "c1"},
      {push("msg", result, im_cursor), Kind::result, false, "c2"},
      {push("msg", ""), Kind::other, false, ""},
      {push("im_enter_room_resp", ""), Kind::other, false, ""},
      {push("hb", ""), Kind::other, false, ""},
      {push("hb", result), Kind::other, false, ""},
      {push("ack", result), Kind::other, false, ""},
      {push("close", ""), Kind::close, false, ""},
      {push("close", result), Kind::close, false, ""},
      {push("msg", "\x0A\x7F"), Kind::unreadable_result, true, ""},
      {push("im_enter_room_resp", "\x0A\x7F"), Kind::unreadable_result, true, ""},
      {push("msg", result, says_gzip), Kind::unreadable_result, true, ""},
      {"\x0A\x7F", Kind::unreadable, true, ""},
  };
  for (const Row& row : rows) {
    const IncomingFrame frame(row.bytes, 1'000);
    const std::size_t number = static_cast<std::size_t>(&row - rows);
    EXPECT_EQ(frame.frame().kind, row.kind) << number;
    EXPECT_EQ(frame.undecodable(), row.undecodable) << number;
    EXPECT_EQ(frame.frame().result.cursor, row.cursor) << number;
    EXPECT_EQ(frame.result().cursor, row.cursor) << number;
  }
}

TEST(IncomingFrame, the_summary_tells_what_the_protocol_needs) {
  const IncomingFrame frame(push("msg", result), 1'000);
  EXPECT_EQ(frame.frame().log_id, 77u);
  const ResultSummary& summary = frame.frame().result;
  EXPECT_EQ(summary.internal_ext, "ext");
  EXPECT_EQ(summary.heartbeat, std::chrono::milliseconds(5'000));
  EXPECT_TRUE(summary.need_ack);
  EXPECT_TRUE(summary.has_messages);
  ASSERT_EQ(frame.result().messages.size(), 1u);
  EXPECT_EQ(frame.result().messages[0].method, "WebcastChatMessage");
  const IncomingFrame empty(push("msg", message({{2, "c1"}})), 1'000);
  EXPECT_FALSE(empty.frame().result.has_messages);
  EXPECT_FALSE(empty.frame().result.need_ack);
}

TEST(IncomingFrame, a_payload_that_cannot_be_inflated_says_why) {
  const IncomingFrame plain(push("msg", result), 1'000), broken(push("msg", "\x1F\x8B\x08 no gzip"), 1'000);
  EXPECT_EQ(plain.inflate_fault(), "");
  EXPECT_NE(broken.inflate_fault(), "");
  EXPECT_EQ(broken.frame().kind, Kind::unreadable_result);
}

}  // namespace papi::live::incoming_frame_test
