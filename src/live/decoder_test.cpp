#include "live/decoder.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <protozero/pbf_writer.hpp>

#include "events/event_json.hpp"
#include "webcast.pb.h"

namespace papi::live {
namespace {

constexpr UnixMs now = 1'763'907'360'007;

void fill(webcast::Common& common, std::string_view key = "") {
  common.set_msg_id(7'300'000'000'000'000'200);
  common.set_room_id(7'300'000'000'000'000'001);
  common.set_create_time(now - 500);
  if (!key.empty()) common.mutable_display_text()->set_key(std::string(key));
}
void fill(webcast::User& user) {
  user.set_id(6'800'000'000'000'000'001);
  user.set_nickname("Ann \xF0\x9F\x8C\xB8");
  user.set_display_id("ann.1");
  user.mutable_avatar_thumb()->add_url_list("https://p16.example/a.heic?x-expires=1");
  user.mutable_avatar_thumb()->add_url_list("https://p16.example/a~crop:48:48.webp");  // too small
  user.mutable_avatar_thumb()->add_url_list("https://p16.example/a_2000x2000.jpeg");   // larger than needed
  user.mutable_avatar_thumb()->add_url_list("https://p16.example/a.webp");
}

template <class Message>
events::Event decode_message(const std::string& method, const Message& message) {
  const std::string payload = message.SerializeAsString();
  RawMessage raw;
  raw.method = method;
  raw.payload = payload;
  bool readable = false;
  auto event = decode(raw, now, readable);
  EXPECT_TRUE(readable);
  return event;
}

webcast::GiftMessage gift(int repeat, int end, int type) {
  webcast::GiftMessage message;
  fill(*message.mutable_common());
  fill(*message.mutable_user());
  message.set_gift_id(5655);
  message.set_repeat_count(repeat);
  message.set_group_count(1);
  message.set_repeat_end(end);
  message.set_group_id(type == 1 ? 1'700'000'000'000 : 0);
  message.mutable_gift()->set_type(type);
  message.mutable_gift()->set_diamond_count(5);
  message.mutable_gift()->set_name("Rose");
  return message;
}

}  // namespace

TEST(Decoder, a_comment_keeps_its_author_emotes_reply_and_roles) {
  webcast::ChatMessage chat;
  fill(*chat.mutable_common());
  fill(*chat.mutable_user());
  chat.set_content("hi");
  chat.set_content_language("de");
  auto* emote = chat.add_emotes();
  emote->set_index(2);
  emote->mutable_emote()->set_emote_id("e1");
  emote->mutable_emote()->mutable_image()->add_url_list("https://p16.example/e.png");
  chat.mutable_at_user()->set_id(7);
  chat.mutable_user_identity()->set_is_moderator_of_anchor(true);
  auto* badge = chat.mutable_user()->add_badge_list();
  badge->set_scene_type(10);
  badge->mutable_privilege_log_extra()->set_level("12");
  const auto event = decode_message("WebcastChatMessage", chat);
  const auto& comment = std::get<events::Comment>(event.body);
  EXPECT_EQ(comment.text, "hi");
  EXPECT_EQ(comment.language, "de");
  ASSERT_EQ(comment.emotes.size(), 1u);
  EXPECT_EQ(comment.emotes[0].position, 2);
  EXPECT_EQ(comment.emotes[0].id, "e1");
  EXPECT_EQ(comment.emotes[0].image_url, "https://p16.example/e.png");
  EXPECT_EQ(comment.reply_to->id, events::UserId(7));
  EXPECT_EQ(event.user->avatar_url, "https://p16.example/a.webp");
  EXPECT_EQ(event.user->is_moderator, true);
  ASSERT_EQ(event.user->badges.size(), 1u);
  EXPECT_EQ(event.user->badges[0].kind, "fan_level");
  EXPECT_EQ(event.user->badges[0].level, "12");
  EXPECT_EQ(event.time, now - 500);
}

TEST(Decoder, a_role_that_is_said_twice_is_read_twice) {
  webcast::ChatMessage chat;
  fill(*chat.mutable_user());
  chat.mutable_user()->mutable_user_attr()->set_is_admin(true);
  chat.mutable_user()->add_badge_list()->set_scene_type(1);
  chat.mutable_user()->add_badge_list()->set_scene_type(4);
  chat.mutable_user()->set_is_subscribe(true);
  chat.set_content("all of it");
  const auto event = decode_message("WebcastChatMessage", chat);
  EXPECT_EQ(event.user->is_moderator, true);
  EXPECT_EQ(event.user->is_subscriber, true);
  EXPECT_EQ(std::get<events::Comment>(event.body).text, "all of it");
}

TEST(Decoder, a_gift_that_is_not_described_is_a_streak_where_it_has_a_group) {
  webcast::GiftMessage message = gift(2, 0, 1);
  message.clear_gift();
  const auto going_on = std::get<events::Gift>(decode_message("WebcastGiftMessage", message).body);
  EXPECT_FALSE(going_on.streak_end);
  message.set_group_id(0);
  EXPECT_TRUE(std::get<events::Gift>(decode_message("WebcastGiftMessage", message).body).streak_end);
}

TEST(Decoder, single_gifts_without_a_message_id_are_told_apart) {
  webcast::GiftMessage message = gift(1, 0, 2);
  message.mutable_common()->set_msg_id(0);
  const auto first = std::get<events::Gift>(decode_message("WebcastGiftMessage", message).body);
  message.mutable_common()->set_create_time(now);
  const auto second = std::get<events::Gift>(decode_message("WebcastGiftMessage", message).body);
  EXPECT_NE(first.streak_id, second.streak_id);
}

TEST(Decoder, impossible_counts_and_prices_are_bounded_so_that_their_product_is_a_number) {
  webcast::GiftMessage message = gift(std::numeric_limits<std::int32_t>::max(), 1, 1);
  message.set_group_count(std::numeric_limits<std::int32_t>::max());
  message.mutable_gift()->set_diamond_count(std::numeric_limits<std::int32_t>::max());
  const auto huge = std::get<events::Gift>(decode_message("WebcastGiftMessage", message).body);
  EXPECT_EQ(huge.count, std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(huge.diamonds_each, std::numeric_limits<std::int32_t>::max());

  message = gift(-5, 1, 1);
  message.mutable_gift()->set_diamond_count(-1);
  const auto negative = std::get<events::Gift>(decode_message("WebcastGiftMessage", message).body);
  EXPECT_EQ(negative.count, 1);
  EXPECT_EQ(negative.diamonds_each, 0);
}

TEST(Decoder, a_streak_ends_with_its_end_message_and_a_single_gift_at_once) {
  const auto progress = std::get<events::Gift>(decode_message("WebcastGiftMessage", gift(3, 0, 1)).body);
  const auto end = std::get<events::Gift>(decode_message("WebcastGiftMessage", gift(3, 1, 1)).body);
  const auto single = std::get<events::Gift>(decode_message("WebcastGiftMessage", gift(2, 0, 2)).body);
  EXPECT_FALSE(progress.streak_end);
  EXPECT_TRUE(end.streak_end);
  EXPECT_TRUE(single.streak_end);
  EXPECT_EQ(progress.streak_id, end.streak_id);
  EXPECT_NE(single.streak_id, end.streak_id);
  EXPECT_EQ(end.count * end.diamonds_each, 15);
}

TEST(Decoder, follow_and_share_are_told_apart_by_the_display_key_else_by_the_action) {
  webcast::SocialMessage social;
  fill(*social.mutable_common(), "pm_main_follow_message_viewer_2");
  social.set_action(1);
  social.set_follow_count(9);
  EXPECT_EQ(std::get<events::Follow>(decode_message("WebcastSocialMessage", social).body).followers, 9);
  fill(*social.mutable_common(), "pm_mt_guidance_viewer_5_share");
  EXPECT_EQ(decode_message("WebcastSocialMessage", social).type(), events::EventType::share);
  social.mutable_common()->clear_display_text();
  social.set_action(3);
  EXPECT_EQ(decode_message("WebcastSocialMessage", social).type(), events::EventType::share);
  social.set_action(8);
  EXPECT_EQ(decode_message("WebcastSocialMessage", social).type(), events::EventType::unknown);
}

TEST(Decoder, likes_joins_viewers_and_control_carry_their_numbers) {
  webcast::LikeMessage like;
  like.set_count(15);
  like.set_total(4'000);
  EXPECT_EQ(std::get<events::Like>(decode_message("WebcastLikeMessage", like).body).total, 4'000);
  webcast::MemberMessage member;
  member.set_member_count(33);
  member.set_action(1);
  EXPECT_EQ(std::get<events::Join>(decode_message("WebcastMemberMessage", member).body).viewers, 33);
  member.clear_member_count();
  EXPECT_FALSE(
      std::get<events::Join>(decode_message("WebcastMemberMessage", member).body).viewers.has_value());
  member.set_action(3);
  EXPECT_EQ(decode_message("WebcastMemberMessage", member).type(), events::EventType::subscribe);
  webcast::RoomUserSeqMessage viewers;
  viewers.set_total(120);
  viewers.set_total_user(900);
  viewers.add_ranks()->set_score(50);
  const auto count = std::get<events::Viewers>(decode_message("WebcastRoomUserSeqMessage", viewers).body);
  EXPECT_EQ(count.count, 120);
  EXPECT_EQ(count.total, 900);
  ASSERT_EQ(count.top.size(), 1u);
  EXPECT_EQ(count.top[0].rank, 1);
  webcast::ControlMessage control;
  for (const auto& [action, name] : {std::pair{1, "paused"}, {2, "resumed"}, {3, "ended"}, {4, "ended"}}) {
    control.set_action(action);
    EXPECT_EQ(std::get<events::Control>(decode_message("WebcastControlMessage", control).body).action, name);
  }
}

TEST(Decoder, the_bare_room_message_is_known_and_other_methods_are_kept_whole) {
  webcast::RoomMessage room;
  room.set_content("Welcome to TikTok LIVE!");
  EXPECT_EQ(std::get<events::RoomNotice>(decode_message("RoomMessage", room).body).text,
            "Welcome to TikTok LIVE!");
  webcast::RoomMessage probe;
  fill(*probe.mutable_common());
  const auto event = decode_message("WebcastMsgDetectMessage", probe);
  const auto& unknown = std::get<events::Unknown>(event.body);
  EXPECT_EQ(unknown.method, "WebcastMsgDetectMessage");
  EXPECT_EQ(unknown.payload, probe.SerializeAsString());
  EXPECT_EQ(event.id, 7'300'000'000'000'000'200u);
}

TEST(Decoder, a_poll_has_its_question_options_and_votes) {
  std::string payload, start, option, operated;
  protozero::pbf_writer message(payload), content(start), choice(option), person(operated);
  choice.add_int64(1, 7);
  choice.add_string(2, "Tea");
  person.add_int64(1, 42);
  content.add_message(3, option);
  content.add_message(3, option);
  content.add_string(4, "Tea or tea?");
  content.add_message(5, operated);
  message.add_int64(3, 99);
  message.add_message(4, start);
  RawMessage raw;
  raw.method = "WebcastPollMessage";
  raw.payload = payload;
  bool readable = false;
  const events::Event event = decode(raw, now, readable);
  ASSERT_TRUE(readable);
  const auto& notice = std::get<events::RoomNotice>(event.body);
  EXPECT_EQ(notice.kind, "poll");
  EXPECT_EQ(notice.text, "Tea or tea?");
  ASSERT_TRUE(notice.poll);
  EXPECT_EQ(notice.poll->poll_id, "99");
  EXPECT_EQ(notice.poll->action, "start");
  ASSERT_EQ(notice.poll->options.size(), 2u);
  EXPECT_EQ(notice.poll->options[0].text, "Tea");
  EXPECT_EQ(notice.poll->options[0].votes, 7);
  EXPECT_EQ(event.user->id, events::UserId(42));
  EXPECT_NE(events::encode_common(event).find(
                R"("poll_id":"99","action":"start","options":[{"text":"Tea","votes":7})"),
            std::string::npos);
}

TEST(Decoder, a_message_without_an_id_gets_one_from_its_content) {
  webcast::ChatMessage chat;
  chat.set_content("a");
  const auto first = decode_message("WebcastChatMessage", chat).id;
  EXPECT_EQ(decode_message("WebcastChatMessage", chat).id, first);
  chat.set_content("b");
  EXPECT_NE(decode_message("WebcastChatMessage", chat).id, first);
}

TEST(Decoder, times_come_in_milliseconds_seconds_or_not_at_all) {
  EXPECT_EQ(to_unix_ms(1'700'000'000'123, now), 1'700'000'000'123);
  EXPECT_EQ(to_unix_ms(1'700'000'000, now), 1'700'000'000'000);
  EXPECT_EQ(to_unix_ms(0, now), now);
  EXPECT_EQ(to_unix_ms(-5, now), now);
}

TEST(Decoder, invalid_utf8_is_replaced_and_a_truncated_payload_stays_whole_as_unknown) {
  const std::string payload("\x1a\x02\xC3\x28", 4);  // content: an invalid UTF-8 sequence
  RawMessage raw;
  raw.method = "WebcastChatMessage";
  raw.payload = payload;
  bool readable = false;
  EXPECT_EQ(std::get<events::Comment>(decode(raw, now, readable).body).text, "\xEF\xBF\xBD(");
  EXPECT_TRUE(readable);
  raw.payload = std::string_view(payload).substr(0, 3);
  const auto unknown = std::get<events::Unknown>(decode(raw, now, readable).body);
  EXPECT_FALSE(readable);
  EXPECT_EQ(unknown.method, "WebcastChatMessage");
  EXPECT_EQ(unknown.payload, payload.substr(0, 3));
}

}  // namespace papi::live
