// Questions, emotes, envelopes, battles and what the room shows of itself (dossier §4.5–4.7).

#include <map>

#include "live/decoding.hpp"

namespace papi::live {
namespace {

std::string id_text(std::int64_t id) { return std::to_string(id); }

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

/// An EmoteModel.
events::Emote read_emote_model(std::string_view bytes) {
  events::Emote emote;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(1)) return emote.id = text(reader), true;
    if (reader.tag_and_type() == bytes_of(2)) return emote.image_url = read_image_url(view(reader)), true;
    return false;
  });
  return emote;
}

void read_emote_chat(std::string_view payload, Decoded& out) {
  events::EmoteComment comment;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        return take_user(reader, out), true;
      case bytes_of(3):
        comment.emotes.push_back(read_emote_model(view(reader)));
        comment.emotes.back().position = static_cast<std::int64_t>(comment.emotes.size()) - 1;
        return true;
      case bytes_of(5):
        return add_identity(view(reader), person(out)), true;
      default:
        return false;
    }
  });
  out.body = std::move(comment);
}

void read_question(std::string_view payload, Decoded& out) {
  events::Question question;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(2)) return false;
    each(view(reader), [&](pbf_reader& data) {
      switch (data.tag_and_type()) {
        case varint(1):
          return question.question_id = id_text(data.get_int64()), true;
        case bytes_of(2):
          return question.text = text(data), true;
        case varint(4):
          return out.own_time = data.get_int64(), true;
        case bytes_of(5):
          return take_user(data, out), true;
        default:
          return false;
      }
    });
    return true;
  });
  out.body = std::move(question);
}

void read_envelope(std::string_view payload, Decoded& out) {
  events::Envelope envelope;
  std::int64_t display = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(3)) return display = reader.get_int64(), true;
    if (reader.tag_and_type() != bytes_of(2)) return false;
    each(view(reader), [&](pbf_reader& info) {
      switch (info.tag_and_type()) {
        case bytes_of(1):
          return envelope.envelope_id = text(info), true;
        case bytes_of(4):
          return person(out).nickname = text(info), true;
        case varint(5):
          return envelope.diamonds = as_count(info.get_int64()), true;
        case varint(6):
          return envelope.people = as_count(info.get_int64()), true;
        case varint(7):
          return envelope.opens_at = to_unix_ms(info.get_int64(), 0), true;
        case bytes_of(8):
          return person(out).id = parse_uint(view(info)).value_or(0), true;
        case bytes_of(9):
          return person(out).avatar_url = read_image_url(view(info)), true;
        default:
          return false;
      }
    });
    return true;
  });
  envelope.action = display == 2 ? "gone" : "shown";
  if (out.user && out.user->id == 0 && out.user->nickname.empty()) out.user.reset();
  out.body = std::move(envelope);
}

std::string battle_action(std::int64_t action) {
  constexpr std::string_view names[] = {"",          "invite", "reject", "cancel", "open", "finish",
                                        "cut_short", "accept", "quit",   "quit",   "quit", "leave"};
  const bool known = action > 0 && action < static_cast<std::int64_t>(std::size(names));
  return known ? std::string(names[action]) : "other";
}

/// A BattleUserInfoWrapper: {key, value {user}}.
User read_battle_user(std::string_view wrapper) {
  User user;
  each(wrapper, [&](pbf_reader& outer) {
    if (outer.tag_and_type() == varint(1))
      return user.id = static_cast<std::uint64_t>(outer.get_int64()), true;
    if (outer.tag_and_type() != bytes_of(2)) return false;
    each(view(outer), [&](pbf_reader& info) {
      if (info.tag_and_type() != bytes_of(1)) return false;
      each(view(info), [&](pbf_reader& base) {
        switch (base.tag_and_type()) {
          case varint(1):
            return user.id = static_cast<std::uint64_t>(base.get_int64()), true;
          case bytes_of(2):
            return user.nickname = text(base), true;
          case bytes_of(3):
            return user.avatar_url = read_image_url(view(base)), true;
          case bytes_of(4):
            return user.username = text(base), true;
          default:
            return false;
        }
      });
      return true;
    });
    return true;
  });
  return user;
}

struct Score {
  std::int64_t score = 0;
  std::string result;
};

/// A map entry whose value has its score in field `score_field`, and its result in field 2 where it has one.
void read_score(std::string_view entry, int score_field, bool has_result,
                std::map<std::uint64_t, Score>& out) {
  std::uint64_t key = 0;
  Score score;
  each(entry, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(1)) return key = static_cast<std::uint64_t>(reader.get_int64()), true;
    if (reader.tag_and_type() != bytes_of(2)) return false;
    if (has_result) score.result = "win";  // 0, which proto3 leaves out
    each(view(reader), [&](pbf_reader& value) {
      if (value.tag_and_type() == varint(score_field)) return score.score = value.get_int64(), true;
      if (!has_result || value.tag_and_type() != varint(2)) return false;
      const std::int64_t result = value.get_int64();
      score.result = result == 0 ? "win" : result == 1 ? "lose" : "draw";
      return true;
    });
    return true;
  });
  out[key] = std::move(score);
}

void read_battle(std::string_view payload, Decoded& out) {
  events::Battle battle;
  std::int64_t action = 0;
  std::map<std::uint64_t, Score> results, armies;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(2):
        return battle.battle_id = id_text(reader.get_int64()), true;
      case varint(4):
        return action = reader.get_int64(), true;
      case bytes_of(5):
        return read_score(view(reader), 3, true, results), true;
      case bytes_of(9):
        return read_score(view(reader), 2, false, armies), true;
      case bytes_of(10):
        battle.sides.push_back({read_battle_user(view(reader)), 0, ""});
        return true;
      default:
        return false;
    }
  });
  battle.action = battle_action(action);
  const bool over = action == 5 || action == 6;
  for (events::BattleSide& side : battle.sides) {
    if (const auto army = armies.find(side.user.id); army != armies.end()) side.score = army->second.score;
    const auto result = results.find(side.user.id);
    if (result == results.end()) continue;
    side.score = std::max(side.score, result->second.score);
    if (over) side.result = result->second.result;
  }
  out.body = std::move(battle);
}

void read_armies(std::string_view payload, Decoded& out) {
  events::Battle battle;
  battle.action = "score";
  std::map<std::uint64_t, Score> armies;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(2)) return battle.battle_id = id_text(reader.get_int64()), true;
    if (reader.tag_and_type() == bytes_of(3)) return read_score(view(reader), 2, false, armies), true;
    return false;
  });
  for (const auto& [host, score] : armies) {
    events::BattleSide side;
    side.user.id = host, side.score = score.score;
    battle.sides.push_back(std::move(side));
  }
  out.body = std::move(battle);
}

/// The nested message of a pin: its author and its words.
void read_pinned(std::string_view message, int content_field, events::RoomNotice& notice, Decoded& out) {
  each(message, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(2)) return take_user(reader, out), true;
    if (content_field > 0 && reader.tag_and_type() == bytes_of(content_field))
      return notice.text = text(reader), true;
    return false;
  });
}

events::RoomNotice read_pin(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "pin";
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case bytes_of(2):
        return read_pinned(view(reader), 3, notice, out), true;
      case bytes_of(3):
      case bytes_of(5):
        return read_pinned(view(reader), 0, notice, out), true;
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

events::RoomNotice read_goal(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "goal";
  each_field(payload, out, [&](pbf_reader& reader) {
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

/// A kind with its words in one field, and perhaps its language and its person.
events::RoomNotice read_words(std::string_view payload, std::string_view kind, int words, int language,
                              int user, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = kind;
  each_field(payload, out, [&](pbf_reader& reader) {
    const std::uint32_t field = reader.tag_and_type();
    if (field == bytes_of(words)) return notice.text = text(reader), true;
    if (language > 0 && field == bytes_of(language)) return notice.language = text(reader), true;
    if (user > 0 && field == bytes_of(user)) return take_user(reader, out), true;
    return false;
  });
  return notice;
}

/// `content` is a Text {key, default_pattern}: the pattern is what is shown.
events::RoomNotice read_barrage(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "barrage";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(50)) return take_user(reader, out), true;
    if (reader.tag_and_type() != bytes_of(5)) return false;
    each(view(reader), [&](pbf_reader& words) {
      if (words.tag_and_type() != bytes_of(2)) return false;
      return notice.text = text(words), true;
    });
    return true;
  });
  return notice;
}

}  // namespace

bool read_room_event(std::string_view type, std::string_view payload, Decoded& out) {
  if (type == "RoomMessage" || type == "SystemMessage") {
    out.body = read_words(payload, "message", 2, 0, 0, out);
  } else if (type == "RoomPinMessage" || type == "PinMessage") {
    out.body = read_pin(payload, out);
  } else if (type == "LiveIntroMessage") {
    out.body = read_words(payload, "intro", 4, 8, 5, out);
  } else if (type == "CaptionMessage") {
    out.body = read_caption(payload, out);
  } else if (type == "GoalUpdateMessage") {
    out.body = read_goal(payload, out);
  } else if (type == "ImDeleteMessage") {
    out.body = read_delete(payload, out);
  } else if (type == "BarrageMessage") {
    out.body = read_barrage(payload, out);
  } else if (type == "InRoomBannerMessage") {
    out.body = read_words(payload, "banner", 2, 0, 0, out);
  } else if (type == "PollMessage") {
    read_poll(payload, out);
  } else if (type == "QuestionNewMessage") {
    read_question(payload, out);
  } else if (type == "EmoteChatMessage") {
    read_emote_chat(payload, out);
  } else if (type == "EnvelopeMessage") {
    read_envelope(payload, out);
  } else if (type == "LinkMicBattle") {
    read_battle(payload, out);
  } else if (type == "LinkMicArmies") {
    read_armies(payload, out);
  } else if (type == "SubNotifyMessage") {
    each_field(payload, out, [&](pbf_reader& reader) {
      if (reader.tag_and_type() != bytes_of(2)) return false;
      return take_user(reader, out), true;
    });
    out.body = events::Subscribe();
  } else {
    return false;
  }
  return true;
}

}  // namespace papi::live
