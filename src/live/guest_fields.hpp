#pragma once

// The numbers of the fields of messages about guests on the stage (docs/webcast-protocol.md §4.7). See
// message_fields.hpp.

#include <cstddef>
#include <protozero/types.hpp>

namespace papi::live {

/// The most guests that one event has.
inline constexpr std::size_t most_stage_guests = 100;

enum class ListUserField : protozero::pbf_tag_type { user = 1, user_position = 6, role_type = 10 };
enum class LinkListUserField : protozero::pbf_tag_type { user = 1, role_type = 4, fan_ticket = 7 };
enum class LinkerInviteContentField : protozero::pbf_tag_type { from_user_id = 1, from_user = 8 };
enum class LinkerReplyContentField : protozero::pbf_tag_type { to_user_id = 4, to_user = 10 };
enum class LinkerEnterContentField : protozero::pbf_tag_type { linked_users = 1 };
enum class LinkerLeaveContentField : protozero::pbf_tag_type { user_id = 1 };
enum class LinkerCancelContentField : protozero::pbf_tag_type { to_user_id = 2 };
enum class LinkedListChangeContentField : protozero::pbf_tag_type { linked_users = 1 };
enum class LinkerUpdateUserContentField : protozero::pbf_tag_type { to_user_id = 2 };
enum class LinkerMuteContentField : protozero::pbf_tag_type { user_id = 1, mute_status = 2 };
enum class LinkerMicIdxUpdateInfoField : protozero::pbf_tag_type { user_id = 2, mic_idx = 3 };
enum class LinkerMicIdxUpdateContentField : protozero::pbf_tag_type { mic_idx_update_info = 1 };
enum class LinkerListChangeContentField : protozero::pbf_tag_type { linked_users = 1 };
enum class LinkerAcceptNoticeContentField : protozero::pbf_tag_type { to_user_id = 3 };
enum class LinkerSysKickOutContentField : protozero::pbf_tag_type { user_id = 1 };
enum class LinkmicUserToastContentField : protozero::pbf_tag_type { user_id = 1 };
enum class LinkMessageField : protozero::pbf_tag_type {
  message_type = 2,
  invite_content = 5,
  reply_content = 6,
  enter_content = 9,
  leave_content = 10,
  cancel_content = 11,
  linked_list_change_content = 13,
  update_user_content = 14,
  mute_content = 16,
  mic_idx_update_content = 19,
  list_change_content = 20,
  reply_accept_notice_content = 23,
  sys_kick_out_content = 101,
  user_toast_content = 102
};
enum class PlayerField : protozero::pbf_tag_type { user_id = 2 };
enum class LinkPositionField : protozero::pbf_tag_type { position = 1 };
enum class MicPositionDataField : protozero::pbf_tag_type { link = 2 };
enum class LinkLayerListUserField : protozero::pbf_tag_type { user = 1, pos = 3 };
enum class AllListUserField : protozero::pbf_tag_type { linked_list = 2 };
enum class LinkListChangeContentField : protozero::pbf_tag_type { list = 2 };
enum class CreateChannelContentField : protozero::pbf_tag_type { owner = 1 };
enum class InviteContentField : protozero::pbf_tag_type { invitee = 8 };
enum class ApplyContentField : protozero::pbf_tag_type { applier = 1 };
enum class PermitApplyContentField : protozero::pbf_tag_type { applier = 6 };
enum class ReplyInviteContentField : protozero::pbf_tag_type { invitee = 1 };
enum class KickOutContentField : protozero::pbf_tag_type { offliner = 1 };
enum class CancelApplyContentField : protozero::pbf_tag_type { applier = 1 };
enum class CancelInviteContentField : protozero::pbf_tag_type { invitee = 5 };
enum class LeaveContentField : protozero::pbf_tag_type { leaver = 1 };
enum class FinishChannelContentField : protozero::pbf_tag_type { owner = 1 };
enum class JoinDirectContentField : protozero::pbf_tag_type { joiner = 1 };
enum class LinkLayerMessageField : protozero::pbf_tag_type {
  message_type = 2,
  create_channel_content = 100,
  list_change_content = 102,
  invite_content = 103,
  apply_content = 104,
  permit_apply_content = 105,
  reply_invite_content = 106,
  kick_out_content = 107,
  cancel_apply_content = 108,
  cancel_invite_content = 109,
  leave_content = 110,
  finish_content = 111,
  join_direct_content = 112
};
enum class LinkMicMethodField : protozero::pbf_tag_type {
  message_type = 2,
  user_id = 5,
  fan_ticket = 6,
  total_linkmic_fan_ticket = 7
};
enum class UserFanTicketField : protozero::pbf_tag_type { user_id = 1, fan_ticket = 2 };
enum class FanTicketRoomNoticeContentField : protozero::pbf_tag_type {
  user_fan_ticket = 1,
  total_linkmic_fan_ticket = 2
};
enum class LinkMicFanTicketMethodField : protozero::pbf_tag_type { fan_ticket_room_notice = 2 };

}  // namespace papi::live
