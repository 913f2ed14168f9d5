#include "live/wire.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include "live/decoder.hpp"
#include "webcast.pb.h"

namespace papi::live {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// The test vector of docs/webcast-protocol.md §4.11. The encoder of another implementation made the frame.
const std::string vector_frame = from_hex(
    "0801104d18b84520082a150a0d636f6d70726573735f7479706512046e6f6e65320270623a036d736742c9010a8d010a12576562"
    "6361737443686174"
    "4d657373616765126d0a310a1257656263617374436861744d65737361676510e580e8e2aaeab3a765188180e8e2aaeab3a76520"
    "fbd095ffbc313001"
    "1222088180a0c58dff9caf5e1a03416e6eb201021801b20205616e6e2e31e203008a04001a0568656c6c6f7202656e9201022001"
    "a20100da010018e5"
    "80e8e2aaeab3a765121f742d313730303030303030303132335f722d315f642d315f752d315f682d3118e80720c8d195ffbc312a"
    "07787c7365713a31"
    "40904e4801");

}  // namespace

TEST(Wire, reads_the_documented_test_vector_to_the_last_field) {
  const auto frame = read_push_frame(vector_frame);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->log_id, 77u);
  EXPECT_EQ(frame->payload_type, "msg");
  EXPECT_FALSE(frame->gzip);
  const auto result = read_fetch_result(frame->payload);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->cursor, "t-1700000000123_r-1_d-1_u-1_h-1");
  EXPECT_EQ(result->internal_ext, "x|seq:1");
  EXPECT_EQ(result->heartbeat, std::chrono::milliseconds(10'000));
  EXPECT_TRUE(result->need_ack);
  ASSERT_EQ(result->messages.size(), 1u);

  bool readable = false;
  const auto decoded = decode(result->messages[0], 1, readable);
  const auto* event = &decoded;
  ASSERT_TRUE(readable);
  EXPECT_EQ(event->id, 7300000000000000101u);
  EXPECT_EQ(event->room_id, events::RoomId(7300000000000000001));
  EXPECT_EQ(event->time, 1'700'000'000'123);
  ASSERT_TRUE(event->user);
  EXPECT_EQ(event->user->id, events::UserId(6800000000000000001));
  EXPECT_EQ(event->user->username, "ann.1");
  EXPECT_EQ(event->user->nickname, "Ann");
  EXPECT_EQ(event->user->is_follower, true);
  const auto& comment = std::get<events::Comment>(event->body);
  EXPECT_EQ(comment.text, "hello");
  EXPECT_EQ(comment.language, "en");
}

TEST(Wire, writes_the_client_frames_byte_for_byte_as_documented) {
  EXPECT_EQ(enter_room_frame(events::RoomId(7300000000000000001u), "", 1748146425569637550u),
            from_hex("320270623a0d696d5f656e7465725f726f6f6d4223088180e8e2aaeab3a765200c2a0861756469656e63654"
                     "0aee9c9bb97bdaaa118"
                     "4a0130"));
  EXPECT_EQ(heartbeat_frame(events::RoomId(7300000000000000001u), 1),
            from_hex("320270623a026862420c088180e8e2aaeab3a7651001"));
  EXPECT_EQ(ack_frame(77, "x|seq:1"), from_hex("104d320270623a0361636b4207787c7365713a31"));
}

TEST(Wire, gzip_is_known_by_its_bytes_also_where_the_header_is_silent) {
  webcast::PushFrame frame;
  frame.set_payload_type("msg");
  frame.set_payload(gzip("payload"));
  const std::string bytes = frame.SerializeAsString();
  const auto read = read_push_frame(bytes);
  ASSERT_TRUE(read && read->gzip);
  EXPECT_EQ(*gunzip(read->payload, 1000), "payload");
}

TEST(Wire, inflating_stops_at_the_limit_and_at_damage) {
  const std::string bomb = gzip(std::string(20'000'000, 'a'));
  EXPECT_LT(bomb.size(), 30'000u);
  EXPECT_FALSE(gunzip(bomb, 8'000'000));
  EXPECT_EQ(gunzip(bomb, 20'000'001)->size(), 20'000'000u);
  const std::string good = gzip("something of some length, something of some length");
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(gunzip(good.substr(0, cut), 1000)) << cut;
  EXPECT_FALSE(gunzip("no gzip at all", 1000));
}

TEST(Wire, a_known_field_of_the_wrong_type_is_skipped) {
  // Field 7 (payload_type) as a varint, then a correct field 2 (log_id).
  const auto frame = read_push_frame(std::string("\x38\x05\x10\x4d", 4));
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->log_id, 77u);
  EXPECT_TRUE(frame->payload_type.empty());
}

TEST(Wire, one_bad_message_drops_neither_its_batch_nor_the_ack) {
  // messages: {method "A", msg_id 7}, {method "B", then a length beyond the end}, {method "C"}; need_ack.
  const std::string bytes(
      "\x0A\x05\x0A\x01"
      "A\x18\x07"
      "\x0A\x05\x0A\x01"
      "B\x12\x09"
      "\x0A\x03\x0A\x01"
      "C"
      "\x48\x01",
      21);
  const auto result = read_fetch_result(bytes);
  ASSERT_TRUE(result);
  ASSERT_EQ(result->messages.size(), 3u);
  EXPECT_TRUE(result->need_ack);
  EXPECT_FALSE(result->messages[0].damaged);
  EXPECT_TRUE(result->messages[1].damaged);
  EXPECT_EQ(result->messages[2].method, "C");
  bool readable = true;
  const auto event = decode(result->messages[1], 1, readable);
  EXPECT_FALSE(readable);
  EXPECT_EQ(std::get<events::Unknown>(event.body).method, "B");
  EXPECT_EQ(std::get<events::Unknown>(event.body).payload, std::string_view("\x0A\x01"
                                                                            "B\x12\x09",
                                                                            5));
}

TEST(Wire, a_flag_cut_off_behind_its_key_is_malformed) {
  const std::vector<char> bytes = {
      0x48};  // need_ack without a value; a vector, so that ASan detects a read past the end
  EXPECT_FALSE(read_fetch_result(std::string_view(bytes.data(), bytes.size())));
}

TEST(Wire, truncated_bytes_are_an_error_or_a_prefix_never_a_crash) {
  for (std::size_t cut = 0; cut < vector_frame.size(); ++cut) {
    if (const auto frame = read_push_frame(vector_frame.substr(0, cut)))
      (void)read_fetch_result(frame->payload);
  }
}

}  // namespace papi::live
