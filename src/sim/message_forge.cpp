#include "sim/message_forge.hpp"

namespace papi::sim {
namespace {

template <class Message>
RoomMessage finish(std::string_view method, const Message& message) {
  RoomMessage out;
  out.method = method;
  out.payload = message.SerializeAsString();
  out.msg_id = message.common().msg_id();
  return out;
}

void add_string_piece(webcast::Text& text, std::string value) {
  auto* piece = text.add_pieces();
  piece->set_type(1);
  piece->set_string_value(std::move(value));
}

void fill_identity(webcast::UserIdentity& identity, const Person& who) {
  identity.set_is_gift_giver_of_anchor(who.gifter_level > 0);
  identity.set_is_subscriber_of_anchor(who.is_subscriber);
  identity.set_is_mutual_following_with_anchor(who.follow_status == 2);
  identity.set_is_follower_of_anchor(who.follow_status >= 1);
  identity.set_is_moderator_of_anchor(who.is_moderator);
  identity.set_is_anchor(who.is_host);
}

void add_badge(webcast::User& user, int scene, const std::string& level) {
  auto* badge = user.add_badge_list();
  badge->set_display_type(4);
  badge->set_scene_type(scene);
  badge->set_display(true);
  if (level.empty()) return;
  badge->mutable_privilege_log_extra()->set_level(level);
  badge->mutable_combine()->set_display_type(4);
  badge->mutable_combine()->set_str(level);
}

}  // namespace

std::int64_t MessageForge::next_id(UnixMs now) {
  // Builds a snowflake id like TikTok's: the seconds are above 32 bits of number. The low bits jump, so that
  // no client can rely on their order.
  const std::int64_t low = (++made_ * 64 + lane_ * 32 + random_.between(0, 31)) & 0xFFFFFFFF;
  return (now / 1000 << 32) + low;
}

void MessageForge::fill_common(webcast::Common& common, std::string_view method, UnixMs now) {
  common.set_method(std::string(method));
  common.set_msg_id(next_id(now));
  common.set_room_id(room_id_);
  common.set_create_time(now);
  common.set_is_show_msg(true);
}

void MessageForge::fill_user(webcast::User& user, const Person& who) const {
  user.set_id(who.id);
  user.set_nickname(who.nickname);
  user.set_display_id(who.display_id);
  user.set_sec_uid(who.sec_uid);
  const std::string picture = picture_base_ + "/sim/avatar/" + std::to_string(who.id) + ".png";
  user.mutable_avatar_thumb()->add_url_list(picture + "?shrink=100");
  user.mutable_avatar_thumb()->add_url_list(picture);
  user.mutable_avatar_thumb()->set_uri("sim/" + std::to_string(who.id));
  user.mutable_follow_info()->set_follow_status(who.follow_status);
  user.mutable_follow_info()->set_follower_count(who.id % 9'000);
  user.mutable_follow_info()->set_following_count(who.id % 700);
  if (who.is_moderator) {
    user.mutable_user_attr()->set_is_admin(true);
    add_badge(user, 1, "");
  }
  if (who.is_subscriber) {
    user.set_is_subscribe(true);
    add_badge(user, 4, "");
  }
  if (who.gifter_level > 0) add_badge(user, 8, std::to_string(who.gifter_level));
  if (who.fan_level > 0) add_badge(user, 10, std::to_string(who.fan_level));
}

void MessageForge::fill_text(webcast::Text& text, std::string_view key, std::string_view pattern,
                             const Person& who) const {
  text.set_key(std::string(key));
  text.set_default_pattern(std::string(pattern));
  auto* piece = text.add_pieces();
  piece->set_type(11);
  fill_user(*piece->mutable_user_value()->mutable_user(), who);
}

RoomMessage MessageForge::chat(const Person& who, const Phrase& phrase, UnixMs now) {
  return chat_at(who, phrase, now, now);
}

RoomMessage MessageForge::chat_at(const Person& who, const Phrase& phrase, std::int64_t create_time,
                                  UnixMs now) {
  webcast::ChatMessage message;
  fill_common(*message.mutable_common(), "WebcastChatMessage", now);
  message.mutable_common()->set_create_time(create_time);
  fill_user(*message.mutable_user(), who);
  message.set_content(std::string(phrase.text));
  message.set_content_language(std::string(phrase.language));
  fill_identity(*message.mutable_user_identity(), who);
  return finish("WebcastChatMessage", message);
}

RoomMessage MessageForge::gift(const GiftSending& sending, UnixMs now) {
  const CatalogueGift& gift = *sending.gift;
  const bool streakable = gift.type == 1;
  webcast::GiftMessage message;
  auto& common = *message.mutable_common();
  fill_common(common, "WebcastGiftMessage", now);
  common.set_describe(sending.sender->nickname + ": gifted the host " + std::to_string(sending.count) + " " +
                      std::string(gift.name));
  auto& text = *common.mutable_display_text();
  fill_text(text, "webcast_aweme_gift_send_message", "{0:user} sent {1:gift} {2:string}", *sending.sender);
  auto* piece = text.add_pieces();
  piece->set_type(12);
  piece->mutable_gift_value()->set_gift_id(gift.id);
  add_string_piece(text, "x" + std::to_string(sending.count));
  message.set_gift_id(gift.id);
  message.set_fan_ticket_count(static_cast<int>(gift.diamonds * sending.count));
  message.set_group_count(1);
  message.set_repeat_count(static_cast<int>(sending.count));
  message.set_combo_count(static_cast<int>(sending.count));
  fill_user(*message.mutable_user(), *sending.sender);
  message.set_repeat_end(sending.is_end ? 1 : 0);
  message.set_group_id(streakable ? sending.group_id : 0);
  message.set_send_type(sending.is_end ? 0 : sending.count > 1 && streakable ? 4 : 1);
  auto& model = *message.mutable_gift();
  model.set_id(gift.id);
  model.set_name(std::string(gift.name));
  model.set_describe("sent " + std::string(gift.name));
  model.set_combo(streakable);
  model.set_type(gift.type);
  model.set_diamond_count(gift.diamonds);
  model.mutable_image()->add_url_list(picture_base_ + "/sim/gift/" + std::to_string(gift.id) + ".png");
  fill_identity(*message.mutable_user_identity(), *sending.sender);
  RoomMessage out = finish("WebcastGiftMessage", message);
  out.ends_streak = sending.is_end;
  return out;
}

RoomMessage MessageForge::like(const Person& who, std::int64_t taps, std::int64_t total, UnixMs now) {
  webcast::LikeMessage message;
  fill_common(*message.mutable_common(), "WebcastLikeMessage", now);
  fill_text(*message.mutable_common()->mutable_display_text(), "pm_mt_msg_viewer", "{0:user} liked the LIVE",
            who);
  message.set_count(static_cast<int>(taps));
  message.set_total(total);
  fill_user(*message.mutable_user(), who);
  return finish("WebcastLikeMessage", message);
}

RoomMessage MessageForge::member(const Person& who, std::int64_t viewers, bool subscribed, UnixMs now) {
  webcast::MemberMessage message;
  fill_common(*message.mutable_common(), "WebcastMemberMessage", now);
  fill_text(*message.mutable_common()->mutable_display_text(), "live_room_enter_toast", "{0:user} joined",
            who);
  fill_user(*message.mutable_user(), who);
  message.set_member_count(static_cast<int>(viewers));
  message.set_action(subscribed ? 3 : 1);
  message.set_client_enter_source("homepage_hot-live_cell");
  return finish("WebcastMemberMessage", message);
}

RoomMessage MessageForge::follow(const Person& who, std::int64_t host_id, std::int64_t followers,
                                 UnixMs now) {
  webcast::SocialMessage message;
  fill_common(*message.mutable_common(), "WebcastSocialMessage", now);
  fill_text(*message.mutable_common()->mutable_display_text(), "pm_main_follow_message_viewer_2",
            "{0:user} followed the LIVE creator", who);
  fill_user(*message.mutable_user(), who);
  message.set_action(1);
  message.set_share_target(std::to_string(host_id));
  message.set_follow_count(followers);
  return finish("WebcastSocialMessage", message);
}

RoomMessage MessageForge::share(const Person& who, UnixMs now) {
  const std::int64_t draw = random_.between(0, 9);
  const std::string_view key = draw < 6   ? "pm_mt_guidance_share"
                               : draw < 8 ? "pm_mt_guidance_viewer_5_share"
                                          : "pm_mt_guidance_viewer_10_share";
  webcast::SocialMessage message;
  fill_common(*message.mutable_common(), "WebcastSocialMessage", now);
  fill_text(*message.mutable_common()->mutable_display_text(), key,
            draw < 6   ? "{0:user} shared the LIVE"
            : draw < 8 ? "{0:user} shared the LIVE with more than 5 friends"
                       : "{0:user} shared the LIVE with more than 10 friends",
            who);
  fill_user(*message.mutable_user(), who);
  message.set_share_type(1);
  message.set_action(3);
  message.set_share_target("-1");
  return finish("WebcastSocialMessage", message);
}

RoomMessage MessageForge::viewers(const Cast& cast, std::int64_t now_watching, std::int64_t total,
                                  UnixMs now) {
  webcast::RoomUserSeqMessage message;
  fill_common(*message.mutable_common(), "WebcastRoomUserSeqMessage", now);
  for (int rank = 1; rank <= 3; ++rank) {
    auto* top = message.add_ranks();
    top->set_score(1000 / rank);
    top->set_rank(rank);
    fill_user(*top->mutable_user(), cast.viewers()[static_cast<std::size_t>(rank)]);
  }
  message.set_total(now_watching);
  message.set_total_user(total);
  message.set_anonymous(now_watching / 7);
  return finish("WebcastRoomUserSeqMessage", message);
}

RoomMessage MessageForge::control(int action, UnixMs now) {
  webcast::ControlMessage message;
  fill_common(*message.mutable_common(), "WebcastControlMessage", now);
  message.set_action(action);
  return finish("WebcastControlMessage", message);
}

RoomMessage MessageForge::welcome(UnixMs now) {
  webcast::RoomMessage message;
  fill_common(*message.mutable_common(), "SystemMessage", now);
  message.set_content(
      "Welcome to TikTok LIVE! Have fun interacting with the host. Follow our Community Guidelines.");
  return finish("RoomMessage", message);
}

RoomMessage MessageForge::room_note(const Person& who, UnixMs now) {
  webcast::RoomMessage message;
  fill_common(*message.mutable_common(), "WebcastRoomMessage", now);
  auto& text = *message.mutable_common()->mutable_display_text();
  fill_text(text, "pm_mt_fan_live_joined_comment", "{0:user} became the No. {1:string} member on the team",
            who);
  const std::string number = std::to_string(random_.between(1, 900));
  add_string_piece(text, number);
  message.set_content(who.nickname + " became the No. " + number + " member on the team");
  return finish("WebcastRoomMessage", message);
}

RoomMessage MessageForge::plain(std::string_view method, UnixMs now) {
  webcast::RankUpdateMessage message;
  fill_common(*message.mutable_common(), method, now);
  if (method == "WebcastRankUpdateMessage") message.set_group_type(1);
  return finish(method, message);
}

RoomMessage MessageForge::truncated_chat(const Person& who, UnixMs now) {
  RoomMessage out = chat(who, Phrase{"this comment is cut off", "en"}, now);
  out.payload.resize(out.payload.size() * 2 / 3);
  out.in_truth = false;
  return out;
}

RoomMessage MessageForge::wrong_wire_type_chat(const Person& who, UnixMs now) {
  RoomMessage out = chat(who, Phrase{"one of my fields has the wrong wire type", ""}, now);
  out.payload += "\x70\x07";  // field 14, content_language, as a varint
  return out;
}

RoomMessage MessageForge::invalid_utf8_chat(const Person& who, UnixMs now) {
  RoomMessage out = chat(who, Phrase{"", "un"}, now);
  out.payload +=
      "\x1A\x0B"
      "bad \xFF\xC3( end";  // field 3, content, with bytes that are not UTF-8
  return out;
}

}  // namespace papi::sim
