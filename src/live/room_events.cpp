// What the room shows of itself: pins, goals, captions, deletions, the introduction (Webcast protocol §4.5).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

/// A repeated int64, packed or not. False: the field is another one.
bool take_ids(pbf_reader& reader, int number, std::vector<std::string>& out) {
  if (reader.tag_and_type() == varint(number)) {
    out.push_back(id_text(reader.get_int64()));
    return true;
  }
  if (reader.tag_and_type() != bytes_of(number)) return false;
  for (const std::int64_t id : reader.get_packed_int64()) out.push_back(id_text(id));
  return true;
}

/// The nested message of a pin: its author and its words, which are the content of a comment and the text of
/// all others.
void read_pinned(std::string_view message, int user_field, int content_field, events::RoomNotice& notice,
                 Decoded& out) {
  std::string_view display_text;
  each(message, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == bytes_of(1)) return display_text = read_common(view(reader)).display_text, true;
    if (field == bytes_of(user_field)) return take_user(reader, out), true;
    if (content_field > 0 && field == bytes_of(content_field)) return notice.text = text(reader), true;
    return false;
  });
  if (notice.text.empty() && !display_text.empty()) notice.text = read_display_text(display_text).text;
}

events::RoomNotice read_pin(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "pin";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        return read_pinned(view(reader), 2, 3, notice, out), true;
      case bytes_of(3):
      case bytes_of(5):
        return read_pinned(view(reader), 2, 0, notice, out), true;
      case bytes_of(4):
        return read_pinned(view(reader), 7, 0, notice, out), true;
      case bytes_of(6):
        return read_pinned(view(reader), 5, 0, notice, out), true;
      case varint(33):
        if (reader.get_int64() == 2) notice.kind = "unpin";
        return true;
      case varint(35):
        return notice.message_ids.push_back(id_text(reader.get_int64())), true;
      default:
        return false;
    }
  });
  return notice;
}

/// Whose gift has moved the goal stands in fields of the message itself.
bool read_contributor(pbf_reader& reader, Decoded& out) {
  switch (reader.tag_and_type()) {
    case varint(4):
      return person(out).id = static_cast<std::uint64_t>(reader.get_int64()), true;
    case bytes_of(5):
      return person(out).avatar_url = read_image_url(view(reader)), true;
    case bytes_of(6):
      return person(out).username = text(reader), true;
    default:
      return false;
  }
}

events::RoomNotice read_goal(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "goal";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (read_contributor(reader, out)) return true;
    if (reader.tag_and_type() != bytes_of(3)) return false;
    each(view(reader), [&](pbf_reader& goal) {
      if (goal.tag_and_type() == bytes_of(5)) return notice.text = text(goal), true;
      if (goal.tag_and_type() != bytes_of(4)) return false;
      std::int64_t progress = 0, target = 0;
      each(view(goal), [&](pbf_reader& part) {
        if (part.tag_and_type() == varint(3)) return progress = part.get_int64(), true;
        if (part.tag_and_type() == varint(4)) return target = part.get_int64(), true;
        return false;
      });
      if (!notice.target) notice.progress = progress, notice.target = target;  // the first stands for all
      return true;
    });
    return true;
  });
  if (out.user && out.user->id == 0) out.user.reset();
  return notice;
}

events::RoomNotice read_caption(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "caption";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(2)) return out.own_time = reader.get_int64(), true;
    if (reader.tag_and_type() != bytes_of(4)) return false;
    std::string language, words;
    each(view(reader), [&](pbf_reader& content) {
      if (content.tag_and_type() == bytes_of(1)) return language = text(content), true;
      if (content.tag_and_type() == bytes_of(2)) return words = text(content), true;
      return false;
    });
    if (notice.text.empty()) notice.text = std::move(words), notice.language = std::move(language);
    return true;
  });
  return notice;
}

events::RoomNotice read_delete(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "delete";
  each_field(payload, out, [&](pbf_reader& reader) {
    return take_ids(reader, 2, notice.message_ids) || take_ids(reader, 3, notice.user_ids);
  });
  return notice;
}

events::RoomNotice read_intro(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "intro";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(4):
        return notice.text = text(reader), true;
      case bytes_of(5):
        return take_user(reader, out), true;
      case bytes_of(8):
        return notice.language = text(reader), true;
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
