#pragma once

// The numbers of the fields of messages around a battle (docs/webcast-protocol.md §4.7), and of sentences and
// notices (docs/webcast-protocol.md §4.5). See message_fields.hpp.

#include <protozero/types.hpp>

namespace papi::live {

enum class CommonCardInfoField : protozero::pbf_tag_type { send_user = 4 };
enum class Top2CardInfoField : protozero::pbf_tag_type { common = 1 };
enum class UseCardField : protozero::pbf_tag_type { card_info = 1, display_content = 3 };
enum class AwardCardNoticeField : protozero::pbf_tag_type { display_content = 1 };
enum class LinkMicBattleItemCardField : protozero::pbf_tag_type {
  battle_id = 2,
  msg_type = 3,
  use_critical_strike_card = 5,
  use_smoke_card = 6,
  award_card_notice = 7,
  use_extra_time_card = 8,
  use_special_effect_card = 9,
  use_potion_card = 10,
  use_wave_card = 11,
  use_top2_card = 13,
  use_top3_card = 14,
  use_vault_glove_card = 15
};
enum class BattleTaskUpdateField : protozero::pbf_tag_type { progress = 1, from_user_id = 2, prompt_key = 3 };
enum class BattleRewardSettleField : protozero::pbf_tag_type { prompt = 1 };
enum class LinkmicBattleTaskMessageField : protozero::pbf_tag_type {
  task_message_type = 2,
  task_update = 4,
  reward = 6,
  battle_id = 20
};
enum class LinkMicBattlePunishFinishField : protozero::pbf_tag_type { op_uid = 3, battle_id = 5 };

enum class RoomMessageField : protozero::pbf_tag_type { content = 2 };
enum class RoomNotifyMessageField : protozero::pbf_tag_type { content = 4, user = 5, from_user_id = 10 };
enum class SystemMessageField : protozero::pbf_tag_type { message = 2 };
enum class InRoomBannerMessageField : protozero::pbf_tag_type { json = 2 };
enum class CapsuleMessageField : protozero::pbf_tag_type { desc = 3 };
enum class NoticeMessageField : protozero::pbf_tag_type {
  content = 2,
  title = 5,
  display_text = 7,
  notice_content = 11
};
enum class GiftBroadcastMessageField : protozero::pbf_tag_type { from_user_id = 2, notify = 4 };
enum class MessageEntityField : protozero::pbf_tag_type { notify = 1 };
enum class MarqueeAnnouncementMessageField : protozero::pbf_tag_type { message_entity = 3 };
enum class SubPinCardTextField : protozero::pbf_tag_type { content = 2 };
enum class SubGoalPinCardField : protozero::pbf_tag_type { desc = 3, target = 4, progress = 5 };
enum class SubPinCardField : protozero::pbf_tag_type { desc = 3, goal_pin_card = 8 };
enum class SubPinEventMessageField : protozero::pbf_tag_type {
  action_type = 2,
  card = 3,
  operator_user_id = 4
};
enum class PunishEventInfoField : protozero::pbf_tag_type { punish_type = 1, punish_reason = 2 };
enum class AccessRecallMessageField : protozero::pbf_tag_type { status = 2, scene = 5, content = 7 };
enum class BottomMessageField : protozero::pbf_tag_type { content = 2, punish_info = 8 };
enum class PerceptionDialogInfoField : protozero::pbf_tag_type { title = 2, sub_title = 3 };
enum class PerceptionMessageField : protozero::pbf_tag_type { dialog = 2, punish_info = 3, float_text = 8 };
enum class RoomVerifyMessageField : protozero::pbf_tag_type { action = 2, content = 3 };
enum class ProductSnapShotField : protozero::pbf_tag_type { title = 2 };
enum class OecLiveShoppingMessageField : protozero::pbf_tag_type { action_type = 2, product_snap_shot = 9 };

}  // namespace papi::live
