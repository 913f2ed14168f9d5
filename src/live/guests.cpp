// Reads the guests on the stage: invitations, entries and exits (docs/webcast-protocol.md §4.7). Two kinds of
// messages report them, each in its own form. guest_scores.cpp reads the gifts that guests receive.

#include "live/decoding.hpp"
#include "live/guest_fields.hpp"

namespace papi::live {
namespace {

constexpr std::int64_t host_role = 1;

struct Action {
  std::int64_t number;
  std::string_view name;
};

// LinkMessageType of WebcastLinkMessage.
constexpr Action link_actions[] = {{1, "created"},
                                   {2, "closed"},
                                   {3, "invited"},
                                   {4, "applied"},
                                   {5, "answered"},
                                   {6, "joined"},
                                   {7, "left"},
                                   {8, "permitted"},
                                   {9, "invitation_cancelled"},
                                   {10, "waiting_list"},
                                   {11, "guest_list"},
                                   {12, "updated"},
                                   {13, "removed"},
                                   {14, "application_cancelled"},
                                   {15, "muted"},
                                   {16, "matched"},
                                   {17, "settings"},
                                   {18, "moved"},
                                   {19, "left"},
                                   {20, "waiting_list"},
                                   {21, "guest_list"},
                                   {22, "cohost_list"},
                                   {23, "media"},
                                   {24, "accepted"},
                                   {101, "removed"},
                                   {102, "notice"}};

// LinkLayerMessageType.
constexpr Action layer_actions[] = {{1, "created"},
                                    {2, "invited"},
                                    {3, "applied"},
                                    {4, "permitted"},
                                    {5, "answered"},
                                    {6, "removed"},
                                    {7, "application_cancelled"},
                                    {8, "invitation_cancelled"},
                                    {9, "left"},
                                    {10, "closed"},
                                    {11, "guest_list"},
                                    {12, "joined"},
                                    {13, "group_joined"},
                                    {14, "group_permitted"},
                                    {15, "group_cancelled"},
                                    {16, "group_left"},
                                    {17, "group_changed"},
                                    {18, "group_changed"}};

template <std::size_t count>
std::string action_name(const Action (&actions)[count], std::int64_t number) {
  for (const Action& action : actions) {
    if (action.number == number) return std::string(action.name);
  }
  return "other";
}

/// A guest of a list, and the role that the list gives.
struct Listed {
  events::StageGuest guest;
  std::int64_t role = 0;
};

/// The fields of a ListUser or a LinkListUser, with their wire types. 0 means that it does not have the
/// field.
struct ListFields {
  std::uint32_t user, role, position, score;
};
constexpr ListFields list_user{bytes_of(ListUserField::user), varint(ListUserField::role_type),
                               varint(ListUserField::user_position), 0};
constexpr ListFields link_list_user{bytes_of(LinkListUserField::user), varint(LinkListUserField::role_type),
                                    0, varint(LinkListUserField::fan_ticket)};

Listed read_listed(std::string_view bytes, const ListFields& fields) {
  Listed listed;
  each(bytes, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == fields.user) {
      listed.guest.user = read_user(view(reader));
      return true;
    }
    if (field == fields.role) {
      listed.role = reader.get_int64();
      return true;
    }
    if (field == fields.position) {
      listed.guest.position = reader.get_int64();
      return true;
    }
    if (field == fields.score) {
      listed.guest.score = reader.get_int64();
      return true;
    }
    return false;
  });
  return listed;
}

/// Reads the guests in field `list`. If exactly one of them is not the host, returns that one.
template <class ListField>
std::optional<User> read_list(std::string_view bytes, ListField list, const ListFields& fields,
                              events::Guest& guest) {
  std::optional<User> only;
  int others = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(list) || guest.guests.size() >= most_stage_guests) return false;
    Listed listed = read_listed(view(reader), fields);
    if (listed.role != host_role && ++others == 1) only = listed.guest.user;
    guest.guests.push_back(std::move(listed.guest));
    return true;
  });
  return others == 1 ? only : std::nullopt;
}

/// Reads a user id from field `id_field` and a User from field `user_field`, which has more data. The fields
/// are given with their wire types. 0 means that there is no such field.
void take_either(std::string_view bytes, std::uint32_t id_field, std::uint32_t user_field, Decoded& out) {
  std::int64_t id = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == id_field) {
      id = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() != user_field) return false;
    take_user_if_missing(view(reader), out);
    return true;
  });
  if (out.user && out.user->id == events::UserId()) out.user.reset();
  take_id_if_missing(id, out);
}

/// Reads a LinkerMuteContent {user_id, mute_status}. The status 0 means muted.
void read_mute(std::string_view bytes, events::Guest& guest, Decoded& out) {
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(LinkerMuteContentField::user_id)) {
      take_id_if_missing(reader.get_int64(), out);
      return true;
    }
    if (reader.tag_and_type() != varint(LinkerMuteContentField::mute_status)) return false;
    if (reader.get_int64() == 1) guest.action = "unmuted";
    return true;
  });
}

/// Reads a LinkerMicIdxUpdateContent {{op, user_id, mic_idx}}.
void read_place(std::string_view bytes, events::Guest& guest, Decoded& out) {
  each(bytes, [&](pbf_reader& outer) {
    if (outer.tag_and_type() != bytes_of(LinkerMicIdxUpdateContentField::mic_idx_update_info)) return false;
    each(view(outer), [&](pbf_reader& reader) {
      if (reader.tag_and_type() == varint(LinkerMicIdxUpdateInfoField::user_id)) {
        take_id_if_missing(reader.get_int64(), out);
        return true;
      }
      if (reader.tag_and_type() == varint(LinkerMicIdxUpdateInfoField::mic_idx)) {
        guest.position = reader.get_int64();
        return true;
      }
      return false;
    });
    return true;
  });
}

/// Reads the content of a WebcastLinkMessage. Each action has a field of its own.
bool read_link_content(LinkMessageField field, std::string_view bytes, events::Guest& guest, Decoded& out) {
  const auto take_id_in = [&](std::uint32_t id_field) {
    take_either(bytes, id_field, 0, out);
    return true;
  };
  switch (field) {
    case LinkMessageField::invite_content:
      take_either(bytes, varint(LinkerInviteContentField::from_user_id),
                  bytes_of(LinkerInviteContentField::from_user), out);
      return true;
    case LinkMessageField::reply_content:
      take_either(bytes, varint(LinkerReplyContentField::to_user_id),
                  bytes_of(LinkerReplyContentField::to_user), out);
      return true;
    case LinkMessageField::enter_content:
      if (auto only = read_list(bytes, LinkerEnterContentField::linked_users, list_user, guest))
        out.user = std::move(only);
      return true;
    case LinkMessageField::leave_content:
      return take_id_in(varint(LinkerLeaveContentField::user_id));
    case LinkMessageField::sys_kick_out_content:
      return take_id_in(varint(LinkerSysKickOutContentField::user_id));
    case LinkMessageField::cancel_content:
      return take_id_in(varint(LinkerCancelContentField::to_user_id));
    case LinkMessageField::update_user_content:
      return take_id_in(varint(LinkerUpdateUserContentField::to_user_id));
    case LinkMessageField::reply_accept_notice_content:
      return take_id_in(varint(LinkerAcceptNoticeContentField::to_user_id));
    case LinkMessageField::linked_list_change_content:
      read_list(bytes, LinkedListChangeContentField::linked_users, list_user, guest);
      return true;
    case LinkMessageField::mute_content:
      read_mute(bytes, guest, out);
      return true;
    case LinkMessageField::mic_idx_update_content:
      read_place(bytes, guest, out);
      return true;
    case LinkMessageField::list_change_content:
      read_list(bytes, LinkerListChangeContentField::linked_users, link_list_user, guest);
      return true;
    case LinkMessageField::user_toast_content:
      return take_id_in(varint(LinkmicUserToastContentField::user_id));
    default:
      return false;
  }
}

/// Reads a Player {room_id, user_id}. Returns the user id.
std::int64_t read_player(std::string_view bytes) {
  std::int64_t id = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != varint(PlayerField::user_id)) return false;
    id = reader.get_int64();
    return true;
  });
  return id;
}

/// Reads a MicPositionData {…, link {position}}. Returns -1 if it has no position.
std::int64_t read_position(std::string_view bytes) {
  std::string_view link;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(MicPositionDataField::link)) return false;
    link = view(reader);
    return true;
  });
  std::int64_t found = -1;
  each(link, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != varint(LinkPositionField::position)) return false;
    found = reader.get_int64();
    return true;
  });
  return found;
}

/// Reads a LinkLayerListUser {player, id, position}.
events::StageGuest read_layer_user(std::string_view bytes) {
  events::StageGuest guest;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(LinkLayerListUserField::user)) {
      guest.user = user_with_id(read_player(view(reader)));
      return true;
    }
    if (reader.tag_and_type() != bytes_of(LinkLayerListUserField::pos)) return false;
    guest.position = read_position(view(reader));
    return true;
  });
  return guest;
}

/// Reads a LinkListChangeContent. The linked users are the guests.
void read_layer_list(std::string_view bytes, events::Guest& guest) {
  each(bytes, [&](pbf_reader& content) {
    if (content.tag_and_type() != bytes_of(LinkListChangeContentField::list)) return false;
    each(view(content), [&](pbf_reader& lists) {
      if (lists.tag_and_type() != bytes_of(AllListUserField::linked_list) ||
          guest.guests.size() >= most_stage_guests)
        return false;
      guest.guests.push_back(read_layer_user(view(lists)));
      return true;
    });
    return true;
  });
}

/// Takes the person from the Player in one field of a content.
template <class ContentField>
bool take_player(std::string_view bytes, ContentField field, Decoded& out) {
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(field)) return false;
    take_id_if_missing(read_player(view(reader)), out);
    return true;
  });
  return true;
}

/// Reads the content of a WebcastLinkLayerMessage. It depends on the action which of its Players is the
/// person.
bool read_layer_content(LinkLayerMessageField field, std::string_view bytes, events::Guest& guest,
                        Decoded& out) {
  switch (field) {
    case LinkLayerMessageField::list_change_content:
      read_layer_list(bytes, guest);
      return true;
    case LinkLayerMessageField::invite_content:
      return take_player(bytes, InviteContentField::invitee, out);
    case LinkLayerMessageField::permit_apply_content:
      return take_player(bytes, PermitApplyContentField::applier, out);
    case LinkLayerMessageField::cancel_invite_content:
      return take_player(bytes, CancelInviteContentField::invitee, out);
    case LinkLayerMessageField::join_direct_content:
      each(bytes, [&](pbf_reader& reader) {
        if (reader.tag_and_type() != bytes_of(JoinDirectContentField::joiner)) return false;
        const events::StageGuest joiner = read_layer_user(view(reader));
        guest.position = joiner.position;
        take_id_if_missing(static_cast<std::int64_t>(joiner.user.id.value()), out);
        return true;
      });
      return true;
    case LinkLayerMessageField::create_channel_content:
      return take_player(bytes, CreateChannelContentField::owner, out);
    case LinkLayerMessageField::apply_content:
      return take_player(bytes, ApplyContentField::applier, out);
    case LinkLayerMessageField::reply_invite_content:
      return take_player(bytes, ReplyInviteContentField::invitee, out);
    case LinkLayerMessageField::kick_out_content:
      return take_player(bytes, KickOutContentField::offliner, out);
    case LinkLayerMessageField::cancel_apply_content:
      return take_player(bytes, CancelApplyContentField::applier, out);
    case LinkLayerMessageField::leave_content:
      return take_player(bytes, LeaveContentField::leaver, out);
    case LinkLayerMessageField::finish_content:
      return take_player(bytes, FinishChannelContentField::owner, out);
    default:
      return false;
  }
}

/// Runs `read_content` for each nested message of a payload. Returns the action. `Field` is LinkMessageField
/// or LinkLayerMessageField.
template <class Field, class ReadContent>
std::int64_t read_action(std::string_view payload, Decoded& out, ReadContent read_content) {
  std::int64_t action = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(Field::message_type)) {
      action = reader.get_int64();
      return true;
    }
    if (reader.wire_type() != protozero::pbf_wire_type::length_delimited) return false;
    const auto field = static_cast<Field>(reader.tag());
    read_content(field, view(reader));
    return true;
  });
  return action;
}

}  // namespace

void read_link(std::string_view payload, Decoded& out) {
  events::Guest guest;
  guest.action = "muted";
  guest.raw_action = read_action<LinkMessageField>(
      payload, out,
      [&](LinkMessageField field, std::string_view bytes) { read_link_content(field, bytes, guest, out); });
  if (guest.action != "unmuted") guest.action = action_name(link_actions, guest.raw_action);
  out.body = std::move(guest);
}

void read_link_layer(std::string_view payload, Decoded& out) {
  events::Guest guest;
  guest.raw_action = read_action<LinkLayerMessageField>(
      payload, out, [&](LinkLayerMessageField field, std::string_view bytes) {
        read_layer_content(field, bytes, guest, out);
      });
  guest.action = action_name(layer_actions, guest.raw_action);
  out.body = std::move(guest);
}

}  // namespace papi::live
