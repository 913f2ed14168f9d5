#include "live/decoder.hpp"

#include "live/decoding.hpp"

namespace papi::live {
namespace {

void read_chat(std::string_view payload, Decoded& out) {
  events::Comment comment;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        take_user(reader, out);
        return true;
      case bytes_of(3):
        comment.text = text(reader);
        return true;
      case bytes_of(12):
        comment.reply_to = read_user(view(reader));
        return true;
      case bytes_of(13):
        comment.emotes.push_back(read_emote(view(reader)));
        return true;
      case bytes_of(14):
        comment.language = text(reader);
        return true;
      case bytes_of(18):
        add_identity(view(reader), person(out));
        return true;
      default:
        return false;
    }
  });
  if (comment.reply_to && comment.reply_to->id == 0) comment.reply_to.reset();
  out.body = std::move(comment);
}

void read_gift(std::string_view payload, Decoded& out) {
  events::Gift gift;
  std::int64_t repeat = 0, group_count = 0, group_id = 0, type = 0;
  bool repeat_end = false, described = false;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2):
        gift.gift_id = reader.get_int64();
        return true;
      case varint(4):
        group_count = as_count(reader.get_int64());
        return true;
      case varint(5):
        repeat = as_count(reader.get_int64());
        return true;
      case bytes_of(7):
        take_user(reader, out);
        return true;
      case bytes_of(8):
        gift.to_user = read_user(view(reader));
        return true;
      case varint(9):
        repeat_end = reader.get_int64() != 0;
        return true;
      case varint(11):
        group_id = reader.get_int64();
        return true;
      case bytes_of(15): {
        described = true;
        pbf_reader model = reader_of(view(reader));
        while (model.next()) {
          switch (model.tag_and_type()) {
            case varint(11):
              type = model.get_int64();
              break;
            case varint(12):
              gift.diamonds_each = as_count(model.get_int64());
              break;
            case bytes_of(16):
              gift.name = text(model);
              break;
            default:
              model.skip();
          }
        }
        return true;
      }
      case bytes_of(32):
        add_identity(view(reader), person(out));
        return true;
      default:
        return false;
    }
  });
  if (gift.to_user && gift.to_user->id == 0) gift.to_user.reset();
  gift.count = as_count(std::max<std::int64_t>(repeat, 1) * std::max<std::int64_t>(group_count, 1));
  // Only gifts of type 1 have streaks (dossier §5.4); all others are finished at once. Where the gift itself
  // is missing, only a streak has a group.
  const bool streakable = described ? type == 1 : group_id != 0;
  gift.streak_end = !streakable || repeat_end;
  gift.streakable = streakable;
  gift.group_id = static_cast<std::uint64_t>(group_id);
  const std::string sender = std::to_string(out.user ? out.user->id : 0);
  gift.streak_id = sender + "-" + std::to_string(gift.gift_id) + "-";
  if (streakable) gift.streak_id += std::to_string(static_cast<std::uint64_t>(group_id));
  out.body = std::move(gift);
}

void read_like(std::string_view payload, Decoded& out) {
  events::Like like;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2):
        like.count = reader.get_int64();
        return true;
      case varint(3):
        like.total = reader.get_int64();
        return true;
      case bytes_of(5):
        take_user(reader, out);
        return true;
      default:
        return false;
    }
  });
  out.body = like;
}

void read_member(std::string_view payload, Decoded& out) {
  events::Join join;
  std::int64_t action = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        take_user(reader, out);
        return true;
      case varint(3):
        join.viewers = reader.get_int64();
        return true;
      case varint(10):
        action = reader.get_int64();
        return true;
      case bytes_of(19):
        join.source = text(reader);
        return true;
      default:
        return false;
    }
  });
  if (action == 3) {
    out.body = events::Subscribe();
  } else {
    out.body = std::move(join);
  }
}

/// Follow, share, or neither: then the message stays raw (false).
bool read_social(std::string_view payload, Decoded& out) {
  std::int64_t action = 0, followers = 0;
  std::string target;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        take_user(reader, out);
        return true;
      case varint(4):
        action = reader.get_int64();
        return true;
      case bytes_of(5):
        target = text(reader);
        return true;
      case varint(6):
        followers = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  const std::string& key = out.common.display_key;
  if (key.find("follow") != std::string::npos || (key.find("share") == std::string::npos && action == 1)) {
    out.body = events::Follow{followers};
  } else if (key.find("share") != std::string::npos || action == 3) {
    out.body = events::Share{std::move(target)};
  } else {
    return false;
  }
  return true;
}

void read_viewers(std::string_view payload, Decoded& out) {
  events::Viewers viewers;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2): {
        events::TopViewer top;
        pbf_reader rank = reader_of(view(reader));
        while (rank.next()) {
          switch (rank.tag_and_type()) {
            case varint(1):
              top.score = rank.get_int64();
              break;
            case bytes_of(2):
              top.user = read_user(view(rank));
              break;
            case varint(3):
              top.rank = rank.get_int64();
              break;
            default:
              rank.skip();
          }
        }
        if (top.rank == 0) top.rank = static_cast<std::int64_t>(viewers.top.size()) + 1;
        viewers.top.push_back(std::move(top));
        return true;
      }
      case varint(3):
        viewers.count = reader.get_int64();
        return true;
      case varint(7):
        viewers.total = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  out.body = std::move(viewers);
}

bool read_control(std::string_view payload, Decoded& out) {
  std::int64_t action = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != varint(2)) return false;
    action = reader.get_int64();
    return true;
  });
  switch (action) {
    case 1:
      out.body = events::Control{"paused"};
      return true;
    case 2:
      out.body = events::Control{"resumed"};
      return true;
    case 3:
    case 4:
      out.body = events::Control{"ended"};
      return true;  // 4: ended by the platform
    default:
      return false;
  }
}

void read_unknown(const RawMessage& message, Decoded& out) {
  out.user.reset();
  each_field(message.payload, out, [](pbf_reader&) { return false; });
  events::Unknown unknown;
  unknown.method = to_utf8(message.method);
  unknown.payload = message.payload;
  out.body = std::move(unknown);
}

void read_by_method(const RawMessage& message, Decoded& out) {
  // TikTok's player takes a type with and without its prefix (dossier §4.9).
  std::string_view type = message.method;
  if (type.starts_with("Webcast")) type.remove_prefix(7);
  bool known = true;
  if (type == "ChatMessage") {
    read_chat(message.payload, out);
  } else if (type == "GiftMessage") {
    read_gift(message.payload, out);
  } else if (type == "LikeMessage") {
    read_like(message.payload, out);
  } else if (type == "MemberMessage") {
    read_member(message.payload, out);
  } else if (type == "SocialMessage") {
    known = read_social(message.payload, out);
  } else if (type == "RoomUserSeqMessage") {
    read_viewers(message.payload, out);
  } else if (type == "ControlMessage") {
    known = read_control(message.payload, out);
  } else {
    known = read_room_event(type, message.payload, out);
  }
  if (!known) read_unknown(message, out);
}

/// For the rare message without an id: the same bytes are the same message.
std::uint64_t id_from_content(const RawMessage& message) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (std::string_view part : {message.method, message.payload}) {
    for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash >> 1;  // stays positive for readers with signed numbers
}

}  // namespace

events::Emote read_emote(std::string_view bytes) {
  events::Emote emote;
  pbf_reader reader = reader_of(bytes);
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case varint(1):
        emote.position = reader.get_int64();
        break;
      case bytes_of(2): {
        pbf_reader model = reader_of(view(reader));
        while (model.next()) {
          switch (model.tag_and_type()) {
            case bytes_of(1):
              emote.id = text(model);
              break;
            case bytes_of(2):
              emote.image_url = read_image_url(view(model));
              break;
            default:
              model.skip();
          }
        }
        break;
      }
      default:
        reader.skip();
    }
  }
  return emote;
}

UnixMs to_unix_ms(std::int64_t sent, UnixMs received) {
  if (sent <= 0) return received;
  if (sent < 100'000'000'000) return sent * 1000;
  return sent < 100'000'000'000'000 ? sent : received;
}

Event decode(const RawMessage& message, UnixMs received, bool& readable) {
  Decoded out;
  readable = !message.damaged;
  try {
    if (readable) read_by_method(message, out);
  } catch (const protozero::exception&) {
    readable = false;
  }
  if (!readable) {
    out.user.reset();
    events::Unknown unknown;
    unknown.method = message.method.empty() ? "unreadable" : to_utf8(message.method);
    unknown.payload = message.payload;
    out.body = std::move(unknown);
  }
  Event event;
  event.id = message.msg_id != 0 ? message.msg_id : out.common.msg_id;
  if (event.id == 0) event.id = id_from_content(message);
  event.time = to_unix_ms(out.common.create_time != 0 ? out.common.create_time : out.own_time, received);
  event.room_id = out.common.room_id;
  event.historical = message.is_history;
  event.user = std::move(out.user);
  event.body = std::move(out.body);
  // A gift without a streak is one of its own.
  if (auto* gift = std::get_if<events::Gift>(&event.body); gift && gift->streak_id.ends_with('-'))
    gift->streak_id += std::to_string(event.id);
  return event;
}

}  // namespace papi::live
