// Reads sentences and notices that TikTok shows in a room (docs/webcast-protocol.md §4.5, §5.5).

#include "live/decoding.hpp"
#include "live/notice_fields.hpp"

namespace papi::live {
namespace {

/// Takes the rendered text if the notice has no text of its own.
void take_words(std::string_view bytes, events::RoomNotice& notice, Decoded& out) {
  if (bytes.empty()) return;
  DisplayText words = read_display_text(bytes);
  if (notice.key.empty()) notice.key = std::move(words.key);
  if (trim(notice.text).empty()) notice.text = std::move(words.text);
  take_user_if_missing(words.user, out);
}

/// Reads a kind whose text is plain in field `plain` or is in the display text, which also names the person.
/// `texts` are fields with a Text of their own. The first one that is not empty counts. The fields are given
/// with their wire types; 0 means that there is no such field.
events::RoomNotice read_notice(std::string_view payload, std::string_view kind, std::uint32_t plain,
                               std::initializer_list<std::uint32_t> texts, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = kind;
  each_field(payload, out, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == plain) {
      notice.text = text(reader);
      return true;
    }
    for (const std::uint32_t one : texts) {
      if (field == one) {
        take_words(view(reader), notice, out);
        return true;
      }
    }
    return false;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// Reads a message within this one. Its common part has the text: a gift broadcast, a marquee.
void take_nested_notify(std::string_view bytes, events::RoomNotice& notice, Decoded& out) {
  Decoded nested;
  each_field(bytes, nested, [](pbf_reader&) { return false; });
  take_words(nested.common.display_text, notice, out);
}

events::RoomNotice read_notify(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "notify";
  std::int64_t from = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(RoomNotifyMessageField::content):
        take_words(view(reader), notice, out);
        return true;
      case bytes_of(RoomNotifyMessageField::user):
        take_user(reader, out);
        return true;
      case varint(RoomNotifyMessageField::from_user_id):
        from = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  take_words(out.common.display_text, notice, out);
  if (!out.user && from != 0) out.user = user_with_id(from);
  return notice;
}

events::RoomNotice read_gift_broadcast(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "gift_broadcast";
  std::int64_t from = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(GiftBroadcastMessageField::from_user_id)) {
      from = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() != bytes_of(GiftBroadcastMessageField::notify)) return false;
    take_nested_notify(view(reader), notice, out);
    return true;
  });
  take_words(out.common.display_text, notice, out);
  if (!out.user && from != 0) out.user = user_with_id(from);
  return notice;
}

/// Reads a marquee {scene, {notify} …}.
events::RoomNotice read_marquee(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "announcement";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(MarqueeAnnouncementMessageField::message_entity)) return false;
    each(view(reader), [&](pbf_reader& entity) {
      if (entity.tag_and_type() != bytes_of(MessageEntityField::notify)) return false;
      take_nested_notify(view(entity), notice, out);
      return true;
    });
    return true;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// Returns the text in one field of a message.
template <class Field>
std::string text_in(std::string_view bytes, Field field) {
  std::string found;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(field)) return false;
    found = text(reader);
    return true;
  });
  return found;
}

/// Reads a SubGoalPinCard.
void read_goal_card(std::string_view bytes, events::RoomNotice& notice) {
  notice.progress = notice.target = 0;
  each(bytes, [&](pbf_reader& goal) {
    switch (goal.tag_and_type()) {
      case bytes_of(SubGoalPinCardField::desc):
        notice.text = text_in(view(goal), SubPinCardTextField::content);
        return true;
      case varint(SubGoalPinCardField::target):
        notice.target = goal.get_int64();
        return true;
      case varint(SubGoalPinCardField::progress):
        notice.progress = goal.get_int64();
        return true;
      default:
        return false;
    }
  });
}

events::RoomNotice read_subscription_pin(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "subscription_pin";
  notice.action = "other";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(SubPinEventMessageField::action_type): {
        const std::int64_t action = reader.get_int64();
        notice.action = action == 1 ? "pin" : action == 2 ? "unpin" : "other";
        return true;
      }
      case bytes_of(SubPinEventMessageField::card):
        each(view(reader), [&](pbf_reader& card) {
          if (card.tag_and_type() == bytes_of(SubPinCardField::goal_pin_card)) {
            read_goal_card(view(card), notice);
            return true;
          }
          if (card.tag_and_type() != bytes_of(SubPinCardField::desc) || !notice.text.empty()) return false;
          notice.text = text_in(view(card), SubPinCardTextField::content);
          return true;
        });
        return true;
      case varint(SubPinEventMessageField::operator_user_id): {
        const std::int64_t id = reader.get_int64();
        if (id != 0) out.user = user_with_id(id);
        return true;
      }
      default:
        return false;
    }
  });
  return notice;
}

/// Reads a PunishEventInfo {punish_type, punish_reason, …}. Returns the type if there is no reason.
std::string punish_reason(std::string_view bytes) {
  std::string type, reason;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(PunishEventInfoField::punish_type)) {
      type = text(reader);
      return true;
    }
    if (reader.tag_and_type() == bytes_of(PunishEventInfoField::punish_reason)) {
      reason = text(reader);
      return true;
    }
    return false;
  });
  return reason.empty() ? type : reason;
}

events::RoomNotice read_access_recall(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "access_recall";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(AccessRecallMessageField::status):
        notice.action = "status_" + id_text(reader.get_int64());
        return true;
      case bytes_of(AccessRecallMessageField::scene):
        notice.reason = text(reader);
        return true;
      case bytes_of(AccessRecallMessageField::content):
        take_words(view(reader), notice, out);
        return true;
      default:
        return false;
    }
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// Reads the warning at the bottom of the video.
events::RoomNotice read_bottom(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "warning";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(BottomMessageField::content)) {
      notice.text = text(reader);
      return true;
    }
    if (reader.tag_and_type() != bytes_of(BottomMessageField::punish_info)) return false;
    notice.reason = punish_reason(view(reader));
    return true;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// Reads a dialog for one viewer about a measure, such as the end of a mute.
events::RoomNotice read_perception(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "measure";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(PerceptionMessageField::dialog):
        each(view(reader), [&](pbf_reader& dialog) {
          if (dialog.tag_and_type() != bytes_of(PerceptionDialogInfoField::title) &&
              dialog.tag_and_type() != bytes_of(PerceptionDialogInfoField::sub_title))
            return false;
          take_words(view(dialog), notice, out);
          return true;
        });
        return true;
      case bytes_of(PerceptionMessageField::punish_info):
        notice.reason = punish_reason(view(reader));
        return true;
      case bytes_of(PerceptionMessageField::float_text):
        take_words(view(reader), notice, out);
        return true;
      default:
        return false;
    }
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

events::RoomNotice read_verify(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "verify";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(RoomVerifyMessageField::action)) {
      notice.action = "action_" + id_text(reader.get_int64());
      return true;
    }
    if (reader.tag_and_type() != bytes_of(RoomVerifyMessageField::content)) return false;
    notice.text = text(reader);
    return true;
  });
  return notice;
}

/// Reads the product that is shown. Its title is in the snapshot.
events::RoomNotice read_shopping(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "shopping";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(OecLiveShoppingMessageField::action_type)) {
      notice.action = "action_" + id_text(reader.get_int64());
      return true;
    }
    if (reader.tag_and_type() != bytes_of(OecLiveShoppingMessageField::product_snap_shot)) return false;
    notice.text = text_in(view(reader), ProductSnapShotField::title);
    return true;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

}  // namespace

bool read_room_notice(std::string_view type, std::string_view payload, Decoded& out) {
  if (type == "RoomMessage") {
    out.body = read_notice(payload, "message", bytes_of(RoomMessageField::content), {}, out);
  } else if (type == "SystemMessage") {
    out.body = read_notice(payload, "message", bytes_of(SystemMessageField::message), {}, out);
  } else if (type == "InRoomBannerMessage") {
    out.body = read_notice(payload, "banner", bytes_of(InRoomBannerMessageField::json), {}, out);
  } else if (type == "RoomNotifyMessage") {
    out.body = read_notify(payload, out);
  } else if (type == "GiftBroadcastMessage") {
    out.body = read_gift_broadcast(payload, out);
  } else if (type == "MarqueeAnnouncementMessage") {
    out.body = read_marquee(payload, out);
  } else if (type == "SubPinEventMessage") {
    out.body = read_subscription_pin(payload, out);
  } else if (type == "CapsuleMessage") {
    out.body = read_notice(payload, "capsule", 0, {bytes_of(CapsuleMessageField::desc)}, out);
  } else if (type == "NoticeMessage") {
    out.body = read_notice(payload, "notice", bytes_of(NoticeMessageField::content),
                           {bytes_of(NoticeMessageField::title), bytes_of(NoticeMessageField::display_text),
                            bytes_of(NoticeMessageField::notice_content)},
                           out);
  } else if (type == "BottomMessage") {
    out.body = read_bottom(payload, out);
  } else if (type == "PerceptionMessage") {
    out.body = read_perception(payload, out);
  } else if (type == "AccessRecallMessage") {
    out.body = read_access_recall(payload, out);
  } else if (type == "RoomVerifyMessage") {
    out.body = read_verify(payload, out);
  } else if (type == "OecLiveShoppingMessage") {
    out.body = read_shopping(payload, out);
  } else {
    return false;
  }
  return true;
}

}  // namespace papi::live
