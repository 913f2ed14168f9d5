#include "sim/truth.hpp"

#include <algorithm>

#include "platform/base/text.hpp"
#include "sim/cast.hpp"

namespace papi::sim {
namespace {

/// Parses as much as possible, because one bad field must not hide the message.
template <class Message>
Message parsed(const RoomMessage& message) {
  Message out;
  (void)out.ParsePartialFromString(message.payload);
  return out;
}

bool contains_ignoring_case(std::string_view text, std::string_view lower) {
  return to_lower_ascii(text).find(lower) != std::string::npos;
}

std::string barrage_type(const webcast::BarrageMessage& barrage) {
  const std::string& key = barrage.content().key();
  const bool super_fan = contains_ignoring_case(key, "ttlive_superfan");
  if (super_fan && contains_ignoring_case(key, "superfanjoined")) return "join";
  if (super_fan && contains_ignoring_case(key, "became")) return "subscribe";
  if (contains_ignoring_case(barrage.sub_type(), "becomingsuperfan")) return "subscribe";
  if (barrage.msg_type() == 4 || barrage.msg_type() == 7) return "subscribe";
  return barrage.msg_type() == 9 || barrage.msg_type() == 11 ? "join" : "room";
}

std::string subscription_type(const webcast::SubNotifyMessage& message) {
  if (message.subscribing_status() == 3 || message.subscribing_status() == 4) return "room";
  return message.message_type() == 0 || message.message_type() == 6 || message.message_type() == 7
             ? "subscribe"
             : "room";
}

struct Typed {
  std::string_view message, event;
};
constexpr Typed typed[] = {{"ChatMessage", "comment"},
                           {"GiftMessage", "gift"},
                           {"LikeMessage", "like"},
                           {"RoomUserSeqMessage", "viewers"},
                           {"ControlMessage", "control"},
                           {"QuestionNewMessage", "question"},
                           {"EmoteChatMessage", "emote"},
                           {"EnvelopeMessage", "envelope"},
                           {"LinkMicBattle", "battle"},
                           {"LinkMicArmies", "battle"},
                           {"LinkMicBattlePunishFinish", "battle"},
                           {"LinkMicMethod", "guest"},
                           {"LinkMicFanTicketMethod", "guest"},
                           {"LinkMessage", "guest"},
                           {"LinkLayerMessage", "guest"},
                           {"RankUpdateMessage", "rank"},
                           {"RankTextMessage", "rank"},
                           {"HourlyRankMessage", "rank"},
                           {"HourlyRankRewardMessage", "rank"},
                           {"UnauthorizedMemberMessage", "join"}};
constexpr std::string_view room_types[] = {
    "RoomMessage",        "SystemMessage",         "RoomPinMessage",
    "PinMessage",         "LiveIntroMessage",      "CaptionMessage",
    "GoalUpdateMessage",  "ImDeleteMessage",       "InRoomBannerMessage",
    "PollMessage",        "LinkMicBattleItemCard", "LinkmicBattleTaskMessage",
    "RoomNotifyMessage",  "GiftBroadcastMessage",  "MarqueeAnnouncementMessage",
    "SubPinEventMessage", "CapsuleMessage",        "NoticeMessage",
    "BottomMessage",      "PerceptionMessage",     "AccessRecallMessage",
    "RoomVerifyMessage",  "OecLiveShoppingMessage"};

}  // namespace

std::string event_type(const RoomMessage& message) {
  std::string_view type = message.method;
  if (type.starts_with("Webcast")) type.remove_prefix(7);
  for (const Typed& row : typed) {
    if (type == row.message) return std::string(row.event);
  }
  if (std::find(std::begin(room_types), std::end(room_types), type) != std::end(room_types)) return "room";
  if (type == "SubNotifyMessage") return subscription_type(parsed<webcast::SubNotifyMessage>(message));
  if (type == "BarrageMessage") return barrage_type(parsed<webcast::BarrageMessage>(message));
  if (type == "MemberMessage")
    return parsed<webcast::MemberMessage>(message).action() == 3 ? "subscribe" : "join";
  if (type == "SocialMessage") {
    const auto social = parsed<webcast::SocialMessage>(message);
    const std::string& key = social.common().display_text().key();
    const bool share = key.find("share") != std::string::npos;
    if (key.find("follow") != std::string::npos || (!share && social.action() == 1)) return "follow";
    if (share || social.action() == 3) return "share";
  }
  return "unknown";
}

std::uint64_t Truth::identity(const RoomMessage& message) {
  if (message.msg_id != 0) return static_cast<std::uint64_t>(message.msg_id);
  return stable_hash(message.payload, stable_hash(message.method, 0));
}

bool Truth::add(const RoomMessage& message) {
  if (!message.in_truth) return false;
  const std::uint64_t id = identity(message);
  if (!seen_.insert(id).second) return false;
  const std::string type = event_type(message);
  ++sent_[type];
  ++total_;
  last_msg_id_ = message.msg_id;
  said_.push_back(message.msg_id);
  if (type == "gift") add_gift(message, id);
  if (type == "like") taps_ += parsed<webcast::LikeMessage>(message).count();
  return true;
}

void Truth::add_gift(const RoomMessage& message, std::uint64_t id) {
  const auto gift = parsed<webcast::GiftMessage>(message);
  const bool streakable = gift.gift().type() == 1 || gift.gift().combo() || gift.group_id() != 0;
  const std::int64_t group = streakable ? gift.group_id() : ~static_cast<std::int64_t>(id);
  const std::int64_t receiver = gift.has_to_user() ? gift.to_user().id() : gift.to_member_id_int();
  const GiftKey key(gift.user().id(), gift.gift_id(), group, receiver);
  const std::int64_t count =
      std::max<std::int64_t>(gift.repeat_count(), 1) * std::max<std::int64_t>(gift.group_count(), 1);
  Given& given = gifts_[key];
  given.count = std::max(given.count, count);
  given.diamonds_each = gift.gift().diamond_count();
}

void Truth::acknowledge(const RoomMessage& message) {
  if (message.in_truth) acked_.insert(identity(message));
}

std::int64_t Truth::sent(const std::string& type) const {
  const auto found = sent_.find(type);
  return found == sent_.end() ? 0 : found->second;
}

std::int64_t Truth::gift_count() const {
  std::int64_t sum = 0;
  for (const auto& [key, given] : gifts_) sum += given.count;
  return sum;
}

std::int64_t Truth::diamonds() const {
  std::int64_t sum = 0;
  for (const auto& [key, given] : gifts_) sum += given.count * given.diamonds_each;
  return sum;
}

void Truth::write(JsonWriter& out) const {
  out.open("sent");
  for (const auto& [type, count] : sent_) out.field(type, count);
  out.close();
  out.open("gifts");
  out.field("streaks", streaks());
  out.field("count", gift_count());
  out.field("diamonds", diamonds());
  out.close();
  out.open("likes");
  out.field("taps", taps_);
  out.close();
  out.field("total", total_);
  out.field("acked", acked());
  out.id_field("last_msg_id", last_msg_id_);
}

}  // namespace papi::sim
