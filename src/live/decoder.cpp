#include "live/decoder.hpp"

#include "live/decoding.hpp"

namespace papi::live {
namespace {

void read_like(std::string_view payload, Decoded& out) {
  events::Like like;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(LikeMessageField::count):
        like.count = reader.get_int64();
        return true;
      case varint(LikeMessageField::total):
        like.total = reader.get_int64();
        return true;
      case bytes_of(LikeMessageField::user):
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
      case bytes_of(MemberMessageField::user):
        take_user(reader, out);
        return true;
      case varint(MemberMessageField::member_count):
        join.viewers = reader.get_int64();
        return true;
      case varint(MemberMessageField::action):
        action = reader.get_int64();
        return true;
      case bytes_of(MemberMessageField::client_enter_source):
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

/// Reads a follow or a share. If the message is neither, returns false, and the message becomes Unknown.
bool read_social(std::string_view payload, Decoded& out) {
  std::int64_t action = 0, followers = 0;
  std::string target;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(SocialMessageField::user):
        take_user(reader, out);
        return true;
      case varint(SocialMessageField::action):
        action = reader.get_int64();
        return true;
      case bytes_of(SocialMessageField::share_target):
        target = text(reader);
        return true;
      case varint(SocialMessageField::follow_count):
        followers = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  const std::string_view key = display_key(out.common.display_text);
  const auto says = [&](std::string_view word) { return key.find(word) != std::string_view::npos; };
  if (says("follow") || (!says("share") && action == 1)) {
    out.body = events::Follow{followers};
  } else if (says("share") || action == 3) {
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
      case bytes_of(RoomUserSeqMessageField::ranks): {
        events::TopViewer top;
        pbf_reader rank = reader_of(view(reader));
        while (rank.next()) {
          switch (rank.tag_and_type()) {
            case varint(ContributorField::score):
              top.score = rank.get_int64();
              break;
            case bytes_of(ContributorField::user):
              top.user = read_user(view(rank));
              break;
            case varint(ContributorField::rank):
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
      case varint(RoomUserSeqMessageField::total):
        viewers.count = reader.get_int64();
        return true;
      case varint(RoomUserSeqMessageField::total_user):
        viewers.total = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  out.body = std::move(viewers);
}

/// The members of a control message besides its action.
struct ControlDetails {
  std::string tips, source, violation, title, words;
  std::int64_t reason_number = 0;
};

void read_control_extra(std::string_view bytes, ControlDetails& out) {
  each(bytes, [&](pbf_reader& extra) {
    switch (extra.tag_and_type()) {
      case varint(ControlExtraField::reason_no):
        out.reason_number = extra.get_int64();
        return true;
      case bytes_of(ControlExtraField::title):
        out.title = read_display_text(view(extra)).text;
        return true;
      case bytes_of(ControlExtraField::violation_reason):
        out.violation = read_display_text(view(extra)).text;
        return true;
      case bytes_of(ControlExtraField::source):
        out.source = text(extra);
        return true;
      default:
        return false;
    }
  });
}

bool read_control(std::string_view payload, Decoded& out) {
  constexpr std::string_view actions[] = {"paused", "resumed", "ended", "ended"};
  std::int64_t action = 0;
  ControlDetails details;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(ControlMessageField::action):
        action = reader.get_int64();
        return true;
      case bytes_of(ControlMessageField::tips):
        details.tips = text(reader);
        return true;
      case bytes_of(ControlMessageField::extra):
        read_control_extra(view(reader), details);
        return true;
      case bytes_of(ControlMessageField::perception_audience_text):
      case bytes_of(ControlMessageField::float_text):
        details.words = read_display_text(view(reader)).text;
        return true;
      default:
        return false;
    }
  });
  if (action < 1 || action > 4) return false;
  events::Control control;
  control.action = actions[action - 1];
  if (action >= 3) control.by = action == 3 ? "host" : "platform";
  for (std::string* reason : {&details.violation, &details.source}) {
    if (control.reason.empty()) control.reason = std::move(*reason);
  }
  if (control.reason.empty() && details.reason_number != 0)
    control.reason = std::to_string(details.reason_number);
  for (std::string* words : {&details.tips, &details.words, &details.title}) {
    if (control.text.empty()) control.text = std::move(*words);
  }
  out.body = std::move(control);
  return true;
}

/// Reads the entry of a visitor without an account. The message has a number instead of a person.
void read_unauthorized_member(std::string_view payload, Decoded& out) {
  std::string_view prefix, enter_text;
  std::string number;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(UnauthorizedMemberMessageField::nick_name_prefix):
        prefix = view(reader);
        return true;
      case bytes_of(UnauthorizedMemberMessageField::nick_name):
        number = text(reader);
        return true;
      case bytes_of(UnauthorizedMemberMessageField::enter_text):
        enter_text = view(reader);
        return true;
      default:
        return false;
    }
  });
  std::string name = read_display_text(prefix).text;
  if (const auto at = name.find("%s"); at != std::string::npos) name.replace(at, 2, number);
  DisplayText words = read_display_text(enter_text, name);
  events::Join join;
  join.source = "anonymous";
  if (!words.text.empty())
    join.announcement = events::Announcement{std::move(words.text), std::move(words.key), "", 0};
  out.body = std::move(join);
}

void read_unknown(const RawMessage& message, Decoded& out) {
  out.user.reset();
  each_field(message.payload, out, [](pbf_reader&) { return false; });
  events::Unknown unknown;
  unknown.method = to_utf8(message.method);
  unknown.payload = message.payload;
  out.body = std::move(unknown);
}

struct MessageKind {
  std::string_view type;
  void (*read)(std::string_view payload, Decoded& out);
};

// The most frequent kinds come first.
constexpr MessageKind kinds[] = {
    {"LikeMessage", read_like},
    {"MemberMessage", read_member},
    {"ChatMessage", read_chat},
    {"GiftMessage", read_gift},
    {"RoomUserSeqMessage", read_viewers},
    {"LinkMicMethod", read_link_mic},
    {"LinkMicFanTicketMethod", read_fan_tickets},
    {"LinkMicArmies", read_armies},
    {"LinkMicBattle", read_battle},
    {"LinkLayerMessage", read_link_layer},
    {"LinkMessage", read_link},
    {"RankUpdateMessage", read_rank_update},
    {"RankTextMessage", read_rank_text},
    {"EnvelopeMessage", read_envelope},
    {"BarrageMessage", read_barrage},
    {"EmoteChatMessage", read_emote_chat},
    {"QuestionNewMessage", read_question},
    {"SubNotifyMessage", read_subscription},
    {"UnauthorizedMemberMessage", read_unauthorized_member},
    {"HourlyRankMessage", read_hourly_rank},
    {"HourlyRankRewardMessage", read_rank_reward},
    {"LinkMicBattlePunishFinish", read_punish_finish},
    {"LinkMicBattleItemCard", read_battle_card},
    {"LinkmicBattleTaskMessage", read_battle_task},
    {"PollMessage", read_poll},
};

/// Returns false if the kind has no event type of its own.
bool read_by_type(std::string_view type, std::string_view payload, Decoded& out) {
  for (const MessageKind& kind : kinds) {
    if (kind.type == type) {
      kind.read(payload, out);
      return true;
    }
  }
  if (type == "SocialMessage") return read_social(payload, out);
  if (type == "ControlMessage") return read_control(payload, out);
  return read_room_event(type, payload, out);
}

/// Takes the person from the display text. In many kinds only the text names the person, or it has more of
/// the person's data.
void complete_person(Decoded& out) {
  if (out.common.display_text.empty() || (out.user && !out.user->username.empty())) return;
  const std::string_view bytes = display_user(out.common.display_text);
  if (bytes.empty()) return;
  User user = read_user(bytes);
  if (user.id == events::UserId() ||
      (out.user && out.user->id != events::UserId() && out.user->id != user.id))
    return;
  if (out.user) add_roles(*out.user, user);
  out.user = std::move(user);
}

void read_by_method(const RawMessage& message, Decoded& out) {
  // TikTok's player accepts a type with and without its prefix (docs/webcast-protocol.md §4.9).
  std::string_view type = message.method;
  if (type.starts_with("Webcast")) type.remove_prefix(7);
  if (read_by_type(type, message.payload, out)) {
    complete_person(out);
  } else {
    read_unknown(message, out);
  }
}

/// Returns an id for the rare message without one. Messages with equal bytes count as the same message.
std::uint64_t id_from_content(const RawMessage& message) {
  std::uint64_t hash = 1469598103934665603u;  // FNV-1a
  for (std::string_view part : {message.method, message.payload}) {
    for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  return hash >> 1;  // stays positive for readers with signed numbers
}

}  // namespace

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
  // A gift without a streak forms a streak of its own.
  if (auto* gift = std::get_if<events::Gift>(&event.body); gift && !gift->streakable)
    gift->streak_id += std::to_string(event.id);
  return event;
}

}  // namespace papi::live
