#pragma once

// The numbers of the fields that this program reads and writes, by message (docs/webcast-protocol.md §4).
// Messages and fields have their names of proto/webcast.proto; a test compares them
// (message_fields_test.cpp).

#include <protozero/types.hpp>

namespace papi::live {

/// The field `common` of every message of the room.
inline constexpr int common_field = 1;

// Transport

/// An entry of a map has the same two fields.
enum class PushHeaderField : protozero::pbf_tag_type { key = 1, value = 2 };
enum class PushFrameField : protozero::pbf_tag_type {
  log_id = 2,
  headers = 5,
  payload_encoding = 6,
  payload_type = 7,
  payload = 8
};
enum class BaseMessageField : protozero::pbf_tag_type { method = 1, payload = 2, msg_id = 3, is_history = 6 };
enum class FetchResultField : protozero::pbf_tag_type {
  messages = 1,
  cursor = 2,
  internal_ext = 5,
  route_params = 7,
  heartbeat_duration = 8,
  need_ack = 9,
  push_server = 10
};
enum class HeartBeatField : protozero::pbf_tag_type { room_id = 1, send_packet_seq_id = 2 };
enum class EnterRoomField : protozero::pbf_tag_type {
  room_id = 1,
  live_id = 4,
  identity = 5,
  cursor = 6,
  enter_unique_id = 8,
  filter_welcome_msg = 9
};

// Common parts

enum class ImageField : protozero::pbf_tag_type { url_list = 1 };
enum class PatternRefField : protozero::pbf_tag_type { default_pattern = 2 };
enum class TextPieceUserField : protozero::pbf_tag_type { user = 1 };
enum class TextPieceGiftField : protozero::pbf_tag_type { name_ref = 2 };
enum class TextPieceField : protozero::pbf_tag_type {
  string_value = 11,
  user_value = 21,
  gift_value = 22,
  heart_value = 23,
  pattern_ref_value = 24
};
enum class TextField : protozero::pbf_tag_type { key = 1, default_pattern = 2, pieces = 4 };
enum class CommonField : protozero::pbf_tag_type {
  msg_id = 2,
  room_id = 3,
  create_time = 4,
  display_text = 8
};
enum class UserIdentityField : protozero::pbf_tag_type {
  is_subscriber_of_anchor = 2,
  is_mutual_following_with_anchor = 3,
  is_follower_of_anchor = 4,
  is_moderator_of_anchor = 5,
  is_anchor = 6
};
enum class FollowInfoField : protozero::pbf_tag_type { follow_status = 3 };
enum class UserAttrField : protozero::pbf_tag_type { is_admin = 2 };
enum class PrivilegeLogExtraField : protozero::pbf_tag_type { level = 5 };
enum class CombineBadgeField : protozero::pbf_tag_type { str = 4 };
enum class BadgeField : protozero::pbf_tag_type { scene_type = 3, privilege_log_extra = 12, combine = 23 };
enum class UserField : protozero::pbf_tag_type {
  id = 1,
  nickname = 3,
  avatar_thumb = 9,
  follow_info = 22,
  user_attr = 32,
  display_id = 38,
  badge_list = 64,
  is_subscribe = 1090
};
enum class BattleBaseUserInfoField : protozero::pbf_tag_type {
  user_id = 1,
  nick_name = 2,
  avatar_thumb = 3,
  display_id = 4
};

// Comments, gifts, likes, joins, follows

enum class EmoteField : protozero::pbf_tag_type { emote_id = 1, image = 2 };
enum class EmoteWithIndexField : protozero::pbf_tag_type { index = 1, emote = 2 };
enum class ChatMessageField : protozero::pbf_tag_type {
  user = 2,
  content = 3,
  at_user = 12,
  emotes = 13,
  content_language = 14,
  user_identity = 18,
  mention_users = 28
};
enum class EmoteChatMessageField : protozero::pbf_tag_type { user = 2, emote_list = 3, user_identity = 5 };
enum class QuestionField : protozero::pbf_tag_type {
  question_id = 1,
  content = 2,
  create_time = 4,
  user = 5
};
enum class QuestionNewMessageField : protozero::pbf_tag_type { data = 2 };
enum class GiftField : protozero::pbf_tag_type {
  image = 1,
  combo = 10,
  type = 11,
  diamond_count = 12,
  name = 16,
  icon = 21
};
enum class GiftMessageField : protozero::pbf_tag_type {
  gift_id = 2,
  group_count = 4,
  repeat_count = 5,
  user = 7,
  to_user = 8,
  repeat_end = 9,
  group_id = 11,
  gift = 15,
  user_identity = 32,
  to_member_id = 45,
  to_member_id_int = 46,
  to_member_nickname = 47
};
enum class EnvelopeInfoField : protozero::pbf_tag_type {
  envelope_id = 1,
  business_type = 2,
  send_user_name = 4,
  diamond_count = 5,
  people_count = 6,
  unpack_at = 7,
  send_user_id = 8,
  send_user_avatar = 9,
  super_fan_count = 16
};
enum class EnvelopeMessageField : protozero::pbf_tag_type { envelope_info = 2, display = 3 };
enum class LikeMessageField : protozero::pbf_tag_type { count = 2, total = 3, user = 5 };
enum class MemberMessageField : protozero::pbf_tag_type {
  user = 2,
  member_count = 3,
  action = 10,
  client_enter_source = 19
};
enum class SocialMessageField : protozero::pbf_tag_type {
  user = 2,
  action = 4,
  share_target = 5,
  follow_count = 6
};
enum class UnauthorizedMemberMessageField : protozero::pbf_tag_type {
  nick_name_prefix = 3,
  nick_name = 4,
  enter_text = 5
};

// The state of the room

enum class ContributorField : protozero::pbf_tag_type { score = 1, user = 2, rank = 3 };
enum class RoomUserSeqMessageField : protozero::pbf_tag_type { ranks = 2, total = 3, total_user = 7 };
enum class ControlExtraField : protozero::pbf_tag_type {
  reason_no = 2,
  title = 3,
  violation_reason = 4,
  source = 8
};
enum class ControlMessageField : protozero::pbf_tag_type {
  action = 2,
  tips = 3,
  extra = 4,
  perception_audience_text = 6,
  float_text = 8
};
enum class RoomPinMessageField : protozero::pbf_tag_type {
  chat = 2,
  social = 3,
  gift = 4,
  member = 5,
  like = 6,
  action = 33,
  pin_msg_id = 35
};
enum class SubGoalField : protozero::pbf_tag_type { progress = 3, target = 4 };
enum class GoalField : protozero::pbf_tag_type { sub_goals = 4, description = 5 };
enum class GoalUpdateMessageField : protozero::pbf_tag_type {
  goal = 3,
  contributor_id = 4,
  contributor_avatar = 5,
  contributor_display_id = 6
};
enum class CaptionContentField : protozero::pbf_tag_type { lang = 1, content = 2 };
enum class CaptionMessageField : protozero::pbf_tag_type { timestamp_ms = 2, content = 4 };
enum class ImDeleteMessageField : protozero::pbf_tag_type { delete_msg_ids = 2, delete_user_ids = 3 };
enum class LiveIntroMessageField : protozero::pbf_tag_type { content = 4, user = 5, content_language = 8 };

// Ranks

enum class RankUpdateField : protozero::pbf_tag_type {
  rank_type = 1,
  own_rank = 2,
  default_content = 3,
  current_score = 15
};
enum class RankUpdateMessageField : protozero::pbf_tag_type { updates = 2 };
enum class RankTextMessageField : protozero::pbf_tag_type {
  owner_idx_after_update = 4,
  other_get_badge_msg = 6,
  cur_user_id = 7,
  content = 9
};
enum class HourlyRankMessageField : protozero::pbf_tag_type { data = 2 };
enum class HourlyRankContainerField : protozero::pbf_tag_type { ranking_data = 2, rankings = 4 };
enum class HourlyRankingDataField : protozero::pbf_tag_type { rankdata = 2 };
enum class HourlyRankRewardInfoField : protozero::pbf_tag_type { user_id = 1, notify = 3 };
enum class HourlyRankRewardMessageField : protozero::pbf_tag_type { winners = 2 };

// Subscriptions, barrages, polls

enum class SubNotifyMessageField : protozero::pbf_tag_type {
  user = 2,
  sub_month = 4,
  message_type = 7,
  subscribing_status = 8,
  gift_source = 11,
  package_id = 14
};
enum class UserGradeParamField : protozero::pbf_tag_type { current_grade = 1, user = 4 };
enum class FansLevelParamField : protozero::pbf_tag_type { current_grade = 1, user = 4 };
enum class SubscribeGiftParamField : protozero::pbf_tag_type { gift_sub_count = 1 };
enum class BarrageMessageField : protozero::pbf_tag_type {
  msg_type = 3,
  content = 5,
  sub_type = 23,
  common_barrage_content = 24,
  user = 50,
  user_grade_param = 100,
  fans_level_param = 101,
  subscribe_gift_param = 102
};
// `operator` is a word of C++, so that field has an underscore here.
enum class PollOptionField : protozero::pbf_tag_type { votes = 1, text = 2 };
enum class PollStartContentField : protozero::pbf_tag_type { options = 3, title = 4, operator_ = 5 };
enum class PollEndContentField : protozero::pbf_tag_type { options = 2, operator_ = 3 };
enum class PollUpdateVotesContentField : protozero::pbf_tag_type { options = 2, operator_ = 3 };
enum class PollBasicInfoField : protozero::pbf_tag_type { title = 3 };
enum class PollMessageField : protozero::pbf_tag_type {
  poll_id = 3,
  start_content = 4,
  end_content = 5,
  update_votes_content = 6,
  poll_basic_info = 8
};

// Battles

enum class BattleUserInfoField : protozero::pbf_tag_type { user = 1 };
enum class BattleUserInfoWrapperField : protozero::pbf_tag_type { key = 1, value = 2 };
enum class BattleUserArmyField : protozero::pbf_tag_type {
  user_id = 1,
  score = 2,
  nickname = 3,
  avatar_thumb = 4,
  user_id_str = 6
};
enum class BattleUserArmiesField : protozero::pbf_tag_type { user_armies = 1, hostscore = 2 };
/// An entry of a map by host has the same two fields.
enum class UserArmiesWrapperField : protozero::pbf_tag_type { key = 1, value = 2 };
enum class BattleResultField : protozero::pbf_tag_type { result = 2, score = 3 };
enum class BattleTeamUserField : protozero::pbf_tag_type { user_id = 1, score = 2 };
enum class TeamUsersInfoField : protozero::pbf_tag_type { team_id = 1, user_id = 2 };
enum class BattleTeamUserArmiesField : protozero::pbf_tag_type {
  team_id = 1,
  team_user = 2,
  team_total_score = 3,
  user_armies = 4
};
enum class BattleTeamResultField : protozero::pbf_tag_type {
  team_id = 1,
  team_user = 2,
  result = 3,
  total_score = 4
};
enum class LinkMicBattleField : protozero::pbf_tag_type {
  battle_id = 2,
  action = 4,
  battle_result = 5,
  armies = 9,
  anchors_info = 10,
  team_member = 14,
  team_battle_result = 17,
  team_armies = 18
};
enum class LinkMicArmiesField : protozero::pbf_tag_type { battle_id = 2, armies = 3, team_armies = 14 };

}  // namespace papi::live
