// Sentences and notices that the platform shows in a room (Webcast protocol §4.5, §5.5).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

/// Takes the rendered text if the notice has no words of its own.
void take_words(std::string_view bytes, events::RoomNotice& notice, Decoded& out) {
  if (bytes.empty()) return;
  DisplayText words = read_display_text(bytes);
  if (notice.key.empty()) notice.key = std::move(words.key);
  if (trim(notice.text).empty()) notice.text = std::move(words.text);
  take_user_if_missing(words.user, out);
}

/// A kind whose words are plain in one field or in the display text, and whose person stands there, too.
/// `texts`: fields with a Text of their own, of which the first that says something counts.
events::RoomNotice read_notice(std::string_view payload, std::string_view kind, int words,
                               std::initializer_list<int> texts, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = kind;
  each_field(payload, out, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (words > 0 && field == bytes_of(words)) return notice.text = text(reader), true;
    for (const int number : texts) {
      if (field == bytes_of(number)) return take_words(view(reader), notice, out), true;
    }
    return false;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// Another message within this one, whose common part has the text: a gift broadcast, a marquee.
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
      case bytes_of(4):
        return take_words(view(reader), notice, out), true;
      case bytes_of(5):
        return take_user(reader, out), true;
      case varint(10):
        return from = reader.get_int64(), true;
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
    if (reader.tag_and_type() == varint(2)) return from = reader.get_int64(), true;
    if (reader.tag_and_type() != bytes_of(4)) return false;
    return take_nested_notify(view(reader), notice, out), true;
  });
  take_words(out.common.display_text, notice, out);
  if (!out.user && from != 0) out.user = user_with_id(from);
  return notice;
}

/// A marquee {scene, {notify} …}.
events::RoomNotice read_marquee(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "announcement";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(3)) return false;
    each(view(reader), [&](pbf_reader& entity) {
      if (entity.tag_and_type() != bytes_of(1)) return false;
      return take_nested_notify(view(entity), notice, out), true;
    });
    return true;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// The words of a SubPinCardText {type, content}.
std::string card_words(std::string_view bytes) {
  std::string words;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(2)) return false;
    return words = text(reader), true;
  });
  return words;
}

/// A SubGoalPinCard.
void read_goal_card(std::string_view bytes, events::RoomNotice& notice) {
  notice.progress = notice.target = 0;
  each(bytes, [&](pbf_reader& goal) {
    switch (goal.tag_and_type()) {
      case bytes_of(3):
        return notice.text = card_words(view(goal)), true;
      case varint(4):
        return notice.target = goal.get_int64(), true;
      case varint(5):
        return notice.progress = goal.get_int64(), true;
      default:
        return false;
    }
  });
}

events::RoomNotice read_subscription_pin(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "subscription_pin", notice.action = "other";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2): {
        const std::int64_t action = reader.get_int64();
        notice.action = action == 1 ? "pin" : action == 2 ? "unpin" : "other";
        return true;
      }
      case bytes_of(3):
        each(view(reader), [&](pbf_reader& card) {
          if (card.tag_and_type() == bytes_of(8)) return read_goal_card(view(card), notice), true;
          if (card.tag_and_type() != bytes_of(3) || !notice.text.empty()) return false;
          return notice.text = card_words(view(card)), true;
        });
        return true;
      case varint(4): {
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

/// A PunishEventInfo {punish_type, punish_reason, …}: the type where there is no reason.
std::string punish_reason(std::string_view bytes) {
  std::string type, reason;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(1)) return type = text(reader), true;
    if (reader.tag_and_type() == bytes_of(2)) return reason = text(reader), true;
    return false;
  });
  return reason.empty() ? type : reason;
}

events::RoomNotice read_access_recall(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "access_recall";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2):
        return notice.action = "status_" + id_text(reader.get_int64()), true;
      case bytes_of(5):
        return notice.reason = text(reader), true;
      case bytes_of(7):
        return take_words(view(reader), notice, out), true;
      default:
        return false;
    }
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// The warning at the bottom of the picture.
events::RoomNotice read_bottom(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "warning";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(2)) return notice.text = text(reader), true;
    if (reader.tag_and_type() != bytes_of(8)) return false;
    return notice.reason = punish_reason(view(reader)), true;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

/// A dialog for one viewer, about a measure such as the end of a mute.
events::RoomNotice read_perception(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "measure";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        each(view(reader), [&](pbf_reader& dialog) {
          if (dialog.tag_and_type() != bytes_of(2) && dialog.tag_and_type() != bytes_of(3)) return false;
          return take_words(view(dialog), notice, out), true;
        });
        return true;
      case bytes_of(3):
        return notice.reason = punish_reason(view(reader)), true;
      case bytes_of(8):
        return take_words(view(reader), notice, out), true;
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
    if (reader.tag_and_type() == varint(2))
      return notice.action = "action_" + id_text(reader.get_int64()), true;
    if (reader.tag_and_type() != bytes_of(3)) return false;
    return notice.text = text(reader), true;
  });
  return notice;
}

/// The product that is shown: its title in the snapshot.
events::RoomNotice read_shopping(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "shopping";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(2))
      return notice.action = "action_" + id_text(reader.get_int64()), true;
    if (reader.tag_and_type() != bytes_of(9)) return false;
    return notice.text = card_words(view(reader)), true;
  });
  take_words(out.common.display_text, notice, out);
  return notice;
}

}  // namespace

bool read_room_notice(std::string_view type, std::string_view payload, Decoded& out) {
  if (type == "RoomMessage" || type == "SystemMessage") {
    out.body = read_notice(payload, "message", 2, {}, out);
  } else if (type == "InRoomBannerMessage") {
    out.body = read_notice(payload, "banner", 2, {}, out);
  } else if (type == "RoomNotifyMessage") {
    out.body = read_notify(payload, out);
  } else if (type == "GiftBroadcastMessage") {
    out.body = read_gift_broadcast(payload, out);
  } else if (type == "MarqueeAnnouncementMessage") {
    out.body = read_marquee(payload, out);
  } else if (type == "SubPinEventMessage") {
    out.body = read_subscription_pin(payload, out);
  } else if (type == "CapsuleMessage") {
    out.body = read_notice(payload, "capsule", 0, {3}, out);
  } else if (type == "NoticeMessage") {
    out.body = read_notice(payload, "notice", 2, {5, 7, 11}, out);
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
