#include "sim/replay.hpp"

#include <gtest/gtest.h>

#include "platform/base/text.hpp"
#include "sim/message_forge.hpp"
#include "sim/truth.hpp"

namespace papi::sim {
namespace {

constexpr UnixMs replayed_at = 1'790'000'000'000;

std::string line_of(const RoomMessage& message) {
  return R"({"method":")" + message.method + R"(","payload_b64":")" + base64(message.payload) + "\"}\n";
}

TEST(Replay, reads_methods_bytes_and_ids_as_recorded) {
  const Cast cast(1, "quizhost");
  MessageForge forge(1, 0);
  const RoomMessage chat = forge.chat(cast.viewers()[0], Phrase{"hello", "en"}, replayed_at);
  const RoomMessage like = forge.like(cast.viewers()[1], 15, 100, replayed_at);
  const auto read = parse_recording(line_of(chat) + "\n" + line_of(like));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->messages.size(), 2U);
  EXPECT_EQ(read->messages[0].method, "WebcastChatMessage");
  EXPECT_EQ(read->messages[0].payload, chat.payload);
  EXPECT_EQ(read->messages[0].msg_id, chat.msg_id);
  EXPECT_EQ(read->messages[1].msg_id, like.msg_id);
}

TEST(Replay, gives_id_zero_to_a_payload_without_one) {
  const auto read = parse_recording(R"({"method":"WebcastStrange","payload_b64":"/////w=="})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->messages.front().msg_id, 0);
}

TEST(Replay, names_the_line_that_it_cannot_read) {
  const std::string good = R"({"method":"M","payload_b64":""})"
                           "\n";
  EXPECT_NE(parse_recording(good + "not json").error().message.find("line 2"), std::string::npos);
  EXPECT_NE(parse_recording(good + good + R"({"method":"M"})").error().message.find("line 3"),
            std::string::npos);
  EXPECT_NE(parse_recording(R"({"method":"M","payload_b64":"*"})").error().message.find("line 1"),
            std::string::npos);
}

TEST(Replay, reads_the_events_of_an_export_beside_recorded_messages) {
  const auto read = parse_recording(
      R"({"offset":1,"type":"session","id":"1","state":"connected"}
{"offset":2,"type":"comment","id":"7654321098765432100","timestamp_ms":1790000000000,"comment":"hi","user":{"id":"5","username":"ann"}}
{"offset":3,"type":"battle","id":"3"}
{"offset":4,"type":"gift","id":"4","inferred":true,"streak_end":true}
{"offset":5,"type":"unknown","id":"5","raw_type":"WebcastStrange","raw_payload":"AQI="}
{"method":"M","payload_b64":""}
)");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->messages.size(), 3U);
  EXPECT_EQ(read->messages[0].method, "WebcastChatMessage");
  EXPECT_EQ(read->messages[0].msg_id, 7654321098765432100);
  webcast::ChatMessage chat;
  ASSERT_TRUE(chat.ParseFromString(read->messages[0].payload));
  EXPECT_EQ(chat.content(), "hi");
  EXPECT_EQ(chat.common().create_time(), 1790000000000);
  EXPECT_EQ(chat.user().id(), 5);
  EXPECT_EQ(chat.user().display_id(), "ann");
  EXPECT_EQ(read->messages[1].method, "WebcastStrange");
  EXPECT_EQ(read->messages[1].payload, "\x01\x02");
  EXPECT_EQ(read->left_out, (std::map<std::string, std::size_t>{{"battle", 1}}));
  EXPECT_EQ(parse_recording(R"({"type":"comment"})").error().message, "line 1: an event has type and id");
  EXPECT_EQ(parse_recording(R"({"type":"unknown","id":"1","raw_payload":"*"})").error().message,
            "line 1: raw_payload is not base64");
}

TEST(Replay, says_everything_once_and_the_end_of_the_stream_last) {
  const Cast cast(1, "quizhost");
  MessageForge forge(1, 0);
  std::vector<RoomMessage> recorded;
  recorded.push_back(forge.control(3, replayed_at));
  for (int i = 0; i < 5; ++i) recorded.push_back(forge.share(cast.viewers()[0], replayed_at));
  Replay replay(recorded);
  const auto first = replay.next(4, replayed_at);
  EXPECT_EQ(first.size(), 4U);
  EXPECT_FALSE(replay.done());
  const auto rest = replay.next(100, replayed_at);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest.back().method, "WebcastControlMessage");
  EXPECT_TRUE(replay.done());
}

TEST(Replay, has_a_truth_even_for_messages_without_an_id) {
  RoomMessage one;
  one.method = "WebcastStrange";
  one.payload = "\x12\x01x";
  RoomMessage two = one;
  two.payload = "\x12\x01y";
  Truth truth;
  EXPECT_TRUE(truth.add(one));
  EXPECT_FALSE(truth.add(one));
  EXPECT_TRUE(truth.add(two));
  EXPECT_EQ(truth.sent("unknown"), 2);
}

}  // namespace
}  // namespace papi::sim
