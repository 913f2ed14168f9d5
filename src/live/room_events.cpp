// Reads what the room shows about itself: pins, goals, captions, deletions, the introduction
// (docs/webcast-protocol.md §4.5).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

/// Reads a repeated int64, packed or not. Returns false if it is another field.
bool take_ids(pbf_reader& reader, ImDeleteMessageField field, std::vector<std::string>& out) {
  if (reader.tag_and_type() == varint(field)) {
    out.push_back(id_text(reader.get_int64()));
    return true;
  }
  if (reader.tag_and_type() != bytes_of(field)) return false;
  for (const std::int64_t id : reader.get_packed_int64()) out.push_back(id_text(id));
  return true;
}

constexpr std::uint32_t no_content = 0;

/// Reads the message inside a pin: its author and its text. In a comment the text is the content, in other
/// kinds the display text. `user` and `content` are the fields with their wire types.
void read_pinned(std::string_view message, std::uint32_t user, std::uint32_t content,
                 events::RoomNotice& notice, Decoded& out) {
  std::string_view display_text;
  each(message, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == bytes_of(common_field)) {
      display_text = read_common(view(reader)).display_text;
      return true;
    }
    if (field == user) {
      take_user(reader, out);
      return true;
    }
    if (field == content) {
      notice.text = text(reader);
      return true;
    }
    return false;
  });
  if (notice.text.empty() && !display_text.empty()) notice.text = read_display_text(display_text).text;
}

events::RoomNotice read_pin(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "pin";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(RoomPinMessageField::chat):
        read_pinned(view(reader), bytes_of(ChatMessageField::user), bytes_of(ChatMessageField::content),
                    notice, out);
        return true;
      case bytes_of(RoomPinMessageField::social):
        read_pinned(view(reader), bytes_of(SocialMessageField::user), no_content, notice, out);
        return true;
      case bytes_of(RoomPinMessageField::gift):
        read_pinned(view(reader), bytes_of(GiftMessageField::user), no_content, notice, out);
        return true;
      case bytes_of(RoomPinMessageField::member):
        read_pinned(view(reader), bytes_of(MemberMessageField::user), no_content, notice, out);
        return true;
      case bytes_of(RoomPinMessageField::like):
        read_pinned(view(reader), bytes_of(LikeMessageField::user), no_content, notice, out);
        return true;
      case varint(RoomPinMessageField::action):
        if (reader.get_int64() == 2) notice.kind = "unpin";
        return true;
      case varint(RoomPinMessageField::pin_msg_id):
        notice.message_ids.push_back(id_text(reader.get_int64()));
        return true;
      default:
        return false;
    }
  });
  return notice;
}

/// Reads the person whose gift has moved the goal. The person's data are in fields of the message itself.
bool read_contributor(pbf_reader& reader, Decoded& out) {
  switch (reader.tag_and_type()) {
    case varint(GoalUpdateMessageField::contributor_id):
      person(out).id = events::UserId(static_cast<std::uint64_t>(reader.get_int64()));
      return true;
    case bytes_of(GoalUpdateMessageField::contributor_avatar):
      person(out).avatar_url = read_image_url(view(reader));
      return true;
    case bytes_of(GoalUpdateMessageField::contributor_display_id):
      person(out).username = text(reader);
      return true;
    default:
      return false;
  }
}

events::RoomNotice read_goal(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "goal";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (read_contributor(reader, out)) return true;
    if (reader.tag_and_type() != bytes_of(GoalUpdateMessageField::goal)) return false;
    each(view(reader), [&](pbf_reader& goal) {
      if (goal.tag_and_type() == bytes_of(GoalField::description)) {
        notice.text = text(goal);
        return true;
      }
      if (goal.tag_and_type() != bytes_of(GoalField::sub_goals)) return false;
      std::int64_t progress = 0, target = 0;
      each(view(goal), [&](pbf_reader& part) {
        if (part.tag_and_type() == varint(SubGoalField::progress)) {
          progress = part.get_int64();
          return true;
        }
        if (part.tag_and_type() == varint(SubGoalField::target)) {
          target = part.get_int64();
          return true;
        }
        return false;
      });
      if (!notice.target) {
        notice.progress = progress;
        notice.target = target;
      }  // the first one stands for all
      return true;
    });
    return true;
  });
  if (out.user && out.user->id == events::UserId()) out.user.reset();
  return notice;
}

events::RoomNotice read_caption(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "caption";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(CaptionMessageField::timestamp_ms)) {
      out.own_time = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() != bytes_of(CaptionMessageField::content)) return false;
    std::string language, words;
    each(view(reader), [&](pbf_reader& content) {
      if (content.tag_and_type() == bytes_of(CaptionContentField::lang)) {
        language = text(content);
        return true;
      }
      if (content.tag_and_type() == bytes_of(CaptionContentField::content)) {
        words = text(content);
        return true;
      }
      return false;
    });
    if (notice.text.empty()) {
      notice.text = std::move(words);
      notice.language = std::move(language);
    }
    return true;
  });
  return notice;
}

events::RoomNotice read_delete(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "delete";
  each_field(payload, out, [&](pbf_reader& reader) {
    return take_ids(reader, ImDeleteMessageField::delete_msg_ids, notice.message_ids) ||
           take_ids(reader, ImDeleteMessageField::delete_user_ids, notice.user_ids);
  });
  return notice;
}

events::RoomNotice read_intro(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "intro";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(LiveIntroMessageField::content):
        notice.text = text(reader);
        return true;
      case bytes_of(LiveIntroMessageField::user):
        take_user(reader, out);
        return true;
      case bytes_of(LiveIntroMessageField::content_language):
        notice.language = text(reader);
        return true;
      default:
        return false;
    }
  });
  return notice;
}

}  // namespace

bool read_room_event(std::string_view type, std::string_view payload, Decoded& out) {
  if (type == "RoomPinMessage" || type == "PinMessage") {
    out.body = read_pin(payload, out);
  } else if (type == "LiveIntroMessage") {
    out.body = read_intro(payload, out);
  } else if (type == "CaptionMessage") {
    out.body = read_caption(payload, out);
  } else if (type == "GoalUpdateMessage") {
    out.body = read_goal(payload, out);
  } else if (type == "ImDeleteMessage") {
    out.body = read_delete(payload, out);
  } else {
    return read_room_notice(type, payload, out);
  }
  return true;
}

}  // namespace papi::live
