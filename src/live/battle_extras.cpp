// Reads the messages around a battle: cards, tasks and the end of the loser's task (docs/webcast-protocol.md
// §4.7).

#include "live/decoding.hpp"
#include "live/notice_fields.hpp"

namespace papi::live {
namespace {

std::string_view card_action(std::int64_t type) {
  constexpr std::string_view names[] = {
      "",       "guide", "critical_strike", "smoke", "award", "extra_time", "special_effect",
      "potion", "wave",  "effect_notice",   "top_2", "top_3", "vault_glove"};
  const bool known = type > 0 && type < static_cast<std::int64_t>(std::size(names));
  return known ? names[type] : "other";
}

/// Returns the sender in a card's info: {card_name_key, image, time, send_user {user}}. Newer cards wrap the
/// info once more, in field 1.
std::string_view card_sender(std::string_view info, bool wrapped) {
  std::string_view sender, inner;
  each(info, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(CommonCardInfoField::send_user)) {
      sender = view(reader);
      return true;
    }
    if (reader.tag_and_type() == bytes_of(Top2CardInfoField::common)) {
      inner = view(reader);
      return true;
    }
    return false;
  });
  if (wrapped) return card_sender(inner, false);
  std::string_view user;
  each(sender, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(BattleUserInfoField::user)) return false;
    user = view(reader);
    return true;
  });
  return user;
}

struct Card {
  std::string_view info, words;
};

/// Reads a used card {card_info, anchor_id, display_content}, or the notice of an award {display_content, …}.
Card read_card(std::string_view bytes, bool award) {
  const std::uint32_t content =
      award ? bytes_of(AwardCardNoticeField::display_content) : bytes_of(UseCardField::display_content);
  Card card;
  each(bytes, [&](pbf_reader& reader) {
    if (!award && reader.tag_and_type() == bytes_of(UseCardField::card_info)) {
      card.info = view(reader);
      return true;
    }
    if (reader.tag_and_type() == content) {
      card.words = view(reader);
      return true;
    }
    return false;
  });
  return card;
}

/// Returns the key of the BattlePrompt {prompt_key, …} of a BattleRewardSettle.
std::string prompt_key(std::string_view bytes) {
  std::string key;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(BattleRewardSettleField::prompt)) return false;
    key = to_utf8(display_key(view(reader)));
    return true;
  });
  return key;
}

}  // namespace

void read_punish_finish(std::string_view payload, Decoded& out) {
  events::Battle battle;
  battle.action = "punish_finish";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(LinkMicBattlePunishFinishField::battle_id)) {
      battle.battle_id = id_text(reader.get_int64());
      return true;
    }
    if (reader.tag_and_type() != varint(LinkMicBattlePunishFinishField::op_uid)) return false;
    const std::int64_t id = reader.get_int64();
    if (id != 0) out.user = user_with_id(id);
    return true;
  });
  out.body = std::move(battle);
}

void read_battle_card(std::string_view payload, Decoded& out) {
  events::RoomNotice notice;
  notice.kind = "battle_card";
  std::int64_t type = 0;
  Card card;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(LinkMicBattleItemCardField::battle_id):
        notice.battle_id = id_text(reader.get_int64());
        return true;
      case varint(LinkMicBattleItemCardField::msg_type):
        type = reader.get_int64();
        return true;
      case bytes_of(LinkMicBattleItemCardField::award_card_notice):
        card = read_card(view(reader), true);
        return true;
      case bytes_of(LinkMicBattleItemCardField::use_critical_strike_card):
      case bytes_of(LinkMicBattleItemCardField::use_smoke_card):
      case bytes_of(LinkMicBattleItemCardField::use_extra_time_card):
      case bytes_of(LinkMicBattleItemCardField::use_special_effect_card):
      case bytes_of(LinkMicBattleItemCardField::use_potion_card):
      case bytes_of(LinkMicBattleItemCardField::use_wave_card):
      case bytes_of(LinkMicBattleItemCardField::use_top2_card):
      case bytes_of(LinkMicBattleItemCardField::use_top3_card):
      case bytes_of(LinkMicBattleItemCardField::use_vault_glove_card):
        card = read_card(view(reader), false);
        return true;
      default:
        return false;
    }
  });
  notice.action = card_action(type);
  DisplayText words = read_display_text(card.words);
  take_user_if_missing(words.user, out);
  if (const std::string_view sender = card_sender(card.info, type >= 10); !out.user && !sender.empty())
    out.user = read_battle_user(sender);
  notice.text = std::move(words.text);
  notice.key = std::move(words.key);
  out.body = std::move(notice);
}

void read_battle_task(std::string_view payload, Decoded& out) {
  constexpr std::string_view actions[] = {"start", "progress", "settle", "reward"};
  events::RoomNotice notice;
  notice.kind = "battle_task";
  std::int64_t type = 0;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(LinkmicBattleTaskMessageField::task_message_type):
        type = reader.get_int64();
        return true;
      case bytes_of(LinkmicBattleTaskMessageField::task_update):
        each(view(reader), [&](pbf_reader& update) {
          if (update.tag_and_type() == varint(BattleTaskUpdateField::progress)) {
            notice.progress = update.get_int64();
            return true;
          }
          if (update.tag_and_type() == varint(BattleTaskUpdateField::from_user_id)) {
            out.user = user_with_id(update.get_int64());
            return true;
          }
          if (update.tag_and_type() == bytes_of(BattleTaskUpdateField::prompt_key)) {
            notice.key = text(update);
            return true;
          }
          return false;
        });
        return true;
      case bytes_of(LinkmicBattleTaskMessageField::reward):
        notice.key = prompt_key(view(reader));
        return true;
      case varint(LinkmicBattleTaskMessageField::battle_id):
        notice.battle_id = id_text(reader.get_int64());
        return true;
      default:
        return false;
    }
  });
  notice.action = type >= 0 && type < 4 ? actions[type] : "other";
  if (out.user && out.user->id == events::UserId()) out.user.reset();
  out.body = std::move(notice);
}

}  // namespace papi::live
