// How much memory the ingest pipeline of a room needs.

#include "live/ingest_pipeline.hpp"
#include "live/message_builder.hpp"

namespace papi::live {
namespace {

constexpr std::uint64_t room = 7'300'000'000'000'000'001;
const events::PictureKeys keys(Secret("0123456789abcdef0123456789abcdef"));

RoomBatch take(IngestPipeline& ingest, const std::string& method, const std::vector<Field>& fields,
               std::uint64_t followed = room) {
  const std::string payload = message(fields);
  FetchResult result;
  result.messages.emplace_back();
  result.messages.back().method = method;
  result.messages.back().payload = payload;
  return ingest.take(result, false, events::RoomId(followed), {});
}
Field common_with_id(std::int64_t id) {
  return {1, message({{2, id}, {3, static_cast<std::int64_t>(room)}})};
}
std::vector<Field> envelope(std::int64_t message_id) {
  return {common_with_id(message_id), {2, message({{1, "e1"}, {2, 1}})}, {3, 1}};
}
std::vector<Field> like(std::int64_t message_id, int total) {
  return {common_with_id(message_id), {2, 1}, {3, total}};
}
std::int64_t total_of(const RoomBatch& batch) {
  return std::get<events::Like>(batch.events.at(0)->event.body).total;
}

}  // namespace

TEST(IntakeMemory, an_envelope_under_a_new_message_id_counts_as_a_duplicate) {
  IngestPipeline ingest(100, keys);
  EXPECT_EQ(take(ingest, "WebcastEnvelopeMessage", envelope(1)).events.size(), 1u);
  EXPECT_EQ(take(ingest, "WebcastEnvelopeMessage", envelope(2)).events.size(), 0u);
  EXPECT_EQ(ingest.duplicates(), 1u);
}

TEST(IntakeMemory, what_could_not_be_kept_is_told_when_it_comes_again) {
  IngestPipeline ingest(100, keys);
  take(ingest, "WebcastLikeMessage", like(1, 1'000));
  ingest.commit();
  take(ingest, "WebcastEnvelopeMessage", envelope(2));
  take(ingest, "WebcastLikeMessage", like(3, 1'050));
  ingest.rollback();
  EXPECT_EQ(take(ingest, "WebcastEnvelopeMessage", envelope(2)).events.size(), 1u);
  EXPECT_EQ(total_of(take(ingest, "WebcastLikeMessage", like(4, 1'020))), 1'020);
  EXPECT_EQ(ingest.likes_total(), 1'020);
}

TEST(IntakeMemory, another_stream_has_likes_of_its_own) {
  IngestPipeline ingest(100, keys);
  take(ingest, "WebcastLikeMessage", like(1, 1'000));
  EXPECT_EQ(total_of(take(ingest, "WebcastLikeMessage", like(2, 10), room)), 1'000);
  EXPECT_EQ(total_of(take(ingest, "WebcastLikeMessage", like(3, 10), room + 1)), 10);
}

TEST(IntakeMemory, the_newest_ids_of_each_session_are_remembered_first) {
  IngestPipeline ingest(4, keys);
  std::vector<events::SessionPast> pasts(2);
  pasts[0].ids = {1, 2, 3, 4, 5, 6};
  pasts[1].ids = {101, 102};
  ingest.remember_merged(pasts);
  for (const std::uint64_t id : {6, 5, 102, 101}) EXPECT_TRUE(ingest.knows(id)) << id;
  for (const std::uint64_t id : {4, 3, 2, 1}) EXPECT_FALSE(ingest.knows(id)) << id;
  EXPECT_EQ(take(ingest, "WebcastLikeMessage", like(6, 1)).events.size(), 0u);
  EXPECT_EQ(take(ingest, "WebcastLikeMessage", like(4, 1)).events.size(), 1u);
}

TEST(IntakeMemory, the_end_of_another_room_is_not_this_rooms) {
  IngestPipeline ingest(100, keys);
  const auto ended = [&](std::int64_t id, std::uint64_t followed) {
    return take(ingest, "WebcastControlMessage", {common_with_id(id), {2, 3}}, followed).stream_ended;
  };
  EXPECT_FALSE(ended(1, room + 1));
  EXPECT_TRUE(ended(2, room));
}

TEST(IntakeMemory, numbers_of_another_room_are_not_this_rooms) {
  IngestPipeline ingest(100, keys);
  const auto of_other = [](std::int64_t id) {
    return Field{1, message({{2, id}, {3, static_cast<std::int64_t>(room + 1)}})};
  };
  const auto foreign = take(ingest, "WebcastLikeMessage", {of_other(1), {2, 1}, {3, 9'000'000}});
  EXPECT_TRUE(foreign.events.at(0)->event.other_room);
  EXPECT_EQ(ingest.likes_total(), 0);
  EXPECT_EQ(total_of(take(ingest, "WebcastLikeMessage", like(2, 10))), 10);
  EXPECT_EQ(ingest.likes_total(), 10);
  const auto crowd = take(ingest, "WebcastRoomUserSeqMessage", {of_other(3), {3, 5'000}});
  EXPECT_EQ(crowd.events.size(), 1u);
  EXPECT_FALSE(crowd.viewers);
  const auto own = take(ingest, "WebcastRoomUserSeqMessage", {common_with_id(4), {3, 50}});
  EXPECT_EQ(own.viewers, 50);
}

TEST(IntakeMemory, a_person_who_is_forgotten_is_not_named_again) {
  IngestPipeline ingest(100, keys);
  const Field host{
      10, message({{1, 501}, {2, message({{1, message({{1, 501}, {2, "One"}, {4, "host.one"}})}})}})};
  take(ingest, "WebcastLinkMicBattle", {common_with_id(1), {2, 70}, {4, 4}, host});
  const auto nickname = [&](std::int64_t id) {
    const auto batch = take(ingest, "WebcastLinkMicArmies",
                            {common_with_id(id), {2, 70}, {3, message({{1, 501}, {2, message({{2, 5}})}})}});
    return std::get<events::Battle>(batch.events.at(0)->event.body).sides.at(0).user->nickname;
  };
  EXPECT_EQ(nickname(2), "One");
  ingest.erase_person("host.one");
  EXPECT_EQ(nickname(3), "");
}

}  // namespace papi::live
