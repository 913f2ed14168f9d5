// Reads ranks in TikTok's lists (docs/webcast-protocol.md §4.5).

#include "live/decoding.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_ranks = 50;

/// Returns the name of a ProfitRankType.
std::string list_name(std::int64_t type) {
  switch (type) {
    case 0:
      return "hourly";
    case 1:
      return "weekly";
    case 2:
      return "hourly_star";
    case 3:
    case 4:
      return "weekly_rising";
    case 5:
      return "weekly_rookie";
    case 6:
      return "shopping_weekly";
    case 7:
      return "shopping_daily";
    case 8:
      return "daily";
    case 9:
      return "first_gift";
    case 10:
      return "game";
    case 11:
      return "daily_game";
    case 12:
      return "hall_of_fame";
    case 13:
      return "league";
    case 14:
      return "daily_rookie";
    case 15:
      return "team";
    case 16:
      return "class";
    default:
      return "type_" + std::to_string(type);
  }
}

void take_words(DisplayText words, events::Rank& rank) {
  rank.text = std::move(words.text);
  rank.key = std::move(words.key);
}

/// Reads a RankUpdate. It has no person, because it is the host's own rank.
events::Rank read_update(std::string_view bytes) {
  events::Rank rank;
  std::int64_t type = 0;
  each(bytes, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(RankUpdateField::rank_type):
        type = reader.get_int64();
        return true;
      case varint(RankUpdateField::own_rank):
        rank.rank = reader.get_int64();
        return true;
      case bytes_of(RankUpdateField::default_content):
        take_words(read_display_text(view(reader)), rank);
        return true;
      case varint(RankUpdateField::current_score):
        rank.score = reader.get_int64();
        return true;
      default:
        return false;
    }
  });
  rank.list = list_name(type);
  if (rank.rank && *rank.rank <= 0) rank.rank.reset();
  return rank;
}

/// Reads a RoomNotifyMessage within another message. Its text is in its own common part.
DisplayText read_notify(std::string_view bytes) {
  Decoded notify;
  each_field(bytes, notify, [](pbf_reader&) { return false; });
  return read_display_text(notify.common.display_text);
}

}  // namespace

void read_rank_update(std::string_view payload, Decoded& out) {
  std::vector<events::Rank> all;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(RankUpdateMessageField::updates) || all.size() >= most_ranks)
      return false;
    all.push_back(read_update(view(reader)));
    return true;
  });
  events::Rank rank;
  if (!all.empty()) {
    // The first update that has a rank goes first.
    const auto placed =
        std::find_if(all.begin(), all.end(), [](const events::Rank& one) { return one.rank.has_value(); });
    if (placed != all.end()) std::rotate(all.begin(), placed, placed + 1);
    rank = std::move(all.front());
    all.erase(all.begin());
    rank.others = std::move(all);
  }
  out.body = std::move(rank);
}

void read_rank_text(std::string_view payload, Decoded& out) {
  events::Rank rank;
  rank.list = "viewers";
  std::int64_t place = 0, user = 0;
  std::string_view content, for_others;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(RankTextMessageField::owner_idx_after_update):
        place = reader.get_int64();
        return true;
      case bytes_of(RankTextMessageField::other_get_badge_msg):
        for_others = view(reader);
        return true;
      case varint(RankTextMessageField::cur_user_id):
        user = reader.get_int64();
        return true;
      case bytes_of(RankTextMessageField::content):
        content = view(reader);
        return true;
      default:
        return false;
    }
  });
  std::string number;
  for (const std::string_view bytes : {out.common.display_text, content, for_others}) {
    if (bytes.empty()) continue;
    DisplayText words = read_display_text(bytes);
    take_user_if_missing(words.user, out);
    if (number.empty()) number = words.number;
    if (rank.text.empty()) take_words(std::move(words), rank);
  }
  if (!out.user && user != 0) out.user = user_with_id(user);
  if (place <= 0) place = parse_int(number).value_or(0);
  if (place > 0) rank.rank = place;
  out.body = std::move(rank);
}

/// In schema v2 the message is {data {…, ranking {…, text}, …, text}}. Each `text` is a Text.
void read_hourly_rank(std::string_view payload, Decoded& out) {
  events::Rank rank;
  rank.list = "hourly";
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(HourlyRankMessageField::data)) return false;
    std::string_view words, ranking;
    each(view(reader), [&](pbf_reader& data) {
      if (data.tag_and_type() == bytes_of(HourlyRankContainerField::rankings)) {
        words = view(data);
        return true;
      }
      if (data.tag_and_type() == bytes_of(HourlyRankContainerField::ranking_data)) {
        ranking = view(data);
        return true;
      }
      return false;
    });
    each(ranking, [&](pbf_reader& inner) {
      if (!words.empty() || inner.tag_and_type() != bytes_of(HourlyRankingDataField::rankdata)) return false;
      words = view(inner);
      return true;
    });
    DisplayText rendered = read_display_text(words);
    take_user_if_missing(rendered.user, out);
    if (const auto place = parse_int(rendered.number)) rank.rank = *place;
    take_words(std::move(rendered), rank);
    return true;
  });
  out.body = std::move(rank);
}

void read_rank_reward(std::string_view payload, Decoded& out) {
  std::vector<events::Rank> all;
  each_field(payload, out, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != bytes_of(HourlyRankRewardMessageField::winners) || all.size() >= most_ranks)
      return false;
    events::Rank rank;
    rank.list = "hourly";
    each(view(reader), [&](pbf_reader& winner) {
      if (winner.tag_and_type() == varint(HourlyRankRewardInfoField::user_id)) {
        const std::int64_t id = winner.get_int64();
        if (!out.user && id != 0) out.user = user_with_id(id);
        return true;
      }
      if (winner.tag_and_type() != bytes_of(HourlyRankRewardInfoField::notify)) return false;
      DisplayText words = read_notify(view(winner));
      if (const auto place = parse_int(words.number)) rank.rank = *place;
      take_words(std::move(words), rank);
      return true;
    });
    all.push_back(std::move(rank));
    return true;
  });
  events::Rank rank;
  rank.list = "hourly";
  if (!all.empty()) {
    rank = std::move(all.front());
    all.erase(all.begin());
    rank.others = std::move(all);
  }
  out.body = std::move(rank);
}

}  // namespace papi::live
