// Reads battles between hosts: participants, scores, results, cards and tasks (docs/webcast-protocol.md
// §4.7).

#include <map>

#include "live/decoding.hpp"

namespace papi::live {
namespace {

constexpr std::size_t most_people = 100;  // per side

std::string battle_action(std::int64_t action) {
  constexpr std::string_view names[] = {"",          "invite", "reject", "cancel", "open", "finish",
                                        "cut_short", "accept", "quit",   "quit",   "quit", "leave"};
  const bool known = action > 0 && action < static_cast<std::int64_t>(std::size(names));
  return known ? std::string(names[action]) : "other";
}

std::string result_name(std::int64_t result) { return result == 0 ? "win" : result == 1 ? "lose" : "draw"; }

/// Reads a BattleUserInfo: {user}.
User read_user_info(std::string_view bytes) {
  User user;
  each(bytes, [&](pbf_reader& info) {
    if (info.tag_and_type() != bytes_of(BattleUserInfoField::user)) return false;
    user = read_battle_user(view(info));
    return true;
  });
  return user;
}

/// Reads a BattleUserInfoWrapper: {key, value}.
User read_wrapped_user(std::string_view wrapper) {
  std::int64_t key = 0;
  User user;
  each(wrapper, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(BattleUserInfoWrapperField::key)) {
      key = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() == bytes_of(BattleUserInfoWrapperField::value)) {
      user = read_user_info(view(reader));
      return true;
    }
    return false;
  });
  if (user.id == events::UserId()) user.id = events::UserId(static_cast<std::uint64_t>(key));
  return user;
}

/// Reads a BattleUserArmy: a viewer and the score of their gifts.
events::Scored read_contributor(std::string_view bytes) {
  events::Scored scored;
  scored.score = 0;
  each(bytes, [&](pbf_reader& army) {
    switch (army.tag_and_type()) {
      case varint(BattleUserArmyField::user_id):
        scored.user.id = events::UserId(static_cast<std::uint64_t>(army.get_int64()));
        return true;
      case varint(BattleUserArmyField::score):
        scored.score = army.get_int64();
        return true;
      case bytes_of(BattleUserArmyField::nickname):
        scored.user.nickname = text(army);
        return true;
      case bytes_of(BattleUserArmyField::avatar_thumb):
        scored.user.avatar_url = read_image_url(view(army));
        return true;
      case bytes_of(BattleUserArmyField::user_id_str):
        if (scored.user.id == events::UserId())
          scored.user.id = events::UserId(parse_uint(view(army)).value_or(0));
        return true;
      default:
        return false;
    }
  });
  return scored;
}

/// What a message says about one host, in a BattleUserArmies, a BattleResult, or both.
struct Standing {
  std::optional<std::int64_t> score;
  std::string result;
  std::vector<events::Scored> contributors;
};
using Standings = std::map<events::UserId, Standing>;

/// Reads a BattleUserArmies.
void read_user_armies(std::string_view bytes, Standing& standing) {
  if (!standing.score) standing.score = 0;  // proto3 omits a 0
  each(bytes, [&](pbf_reader& armies) {
    if (armies.tag_and_type() == varint(BattleUserArmiesField::hostscore)) {
      standing.score = armies.get_int64();
      return true;
    }
    if (armies.tag_and_type() != bytes_of(BattleUserArmiesField::user_armies) ||
        standing.contributors.size() >= most_people)
      return false;
    standing.contributors.push_back(read_contributor(view(armies)));
    return true;
  });
}

/// Reads a BattleResult.
void read_result(std::string_view bytes, Standing& standing) {
  std::int64_t score = 0, result = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(BattleResultField::result)) {
      result = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() == varint(BattleResultField::score)) {
      score = reader.get_int64();
      return true;
    }
    return false;
  });
  standing.score = std::max(standing.score.value_or(0), score);
  standing.result = result_name(result);
}

/// Reads an entry {key, value} of a map whose keys are hosts.
void read_entry(std::string_view entry, void (*read)(std::string_view, Standing&), Standings& out) {
  events::UserId host;
  std::string_view value;
  each(entry, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(UserArmiesWrapperField::key)) {
      host = events::UserId(static_cast<std::uint64_t>(reader.get_int64()));
      return true;
    }
    if (reader.tag_and_type() == bytes_of(UserArmiesWrapperField::value)) {
      value = view(reader);
      return true;
    }
    return false;
  });
  if (out.size() < most_people || out.contains(host)) read(value, out[host]);
}

struct Team {
  std::vector<events::Scored> members;
  Standing standing;
};
using Teams = std::map<std::int64_t, Team>;

void add_member(events::Scored member, Team& team) {
  for (events::Scored& known : team.members) {
    if (known.user.id != member.user.id) continue;
    if (member.score) known.score = member.score;
    return;
  }
  if (team.members.size() < most_people) team.members.push_back(std::move(member));
}

/// Reads a BattleTeamUser.
void read_team_user(std::string_view bytes, Team& team) {
  events::Scored member;
  member.score = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(BattleTeamUserField::user_id)) {
      member.user.id = events::UserId(static_cast<std::uint64_t>(reader.get_int64()));
      return true;
    }
    if (reader.tag_and_type() == varint(BattleTeamUserField::score)) {
      member.score = reader.get_int64();
      return true;
    }
    return false;
  });
  add_member(std::move(member), team);
}

/// Finds the team by its number. The number is field 1 of all three messages about teams.
Team* find_team(std::string_view bytes, Teams& teams) {
  std::int64_t id = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() != varint(TeamUsersInfoField::team_id)) return false;
    id = reader.get_int64();
    return true;
  });
  return teams.size() < most_people || teams.contains(id) ? &teams[id] : nullptr;
}

/// Reads a TeamUsersInfo: {team_id, user_id, …}. The user ids are packed or not.
void read_team_users(std::string_view bytes, Teams& teams) {
  Team* team = find_team(bytes, teams);
  if (!team) return;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == varint(TeamUsersInfoField::user_id)) {
      add_member({user_with_id(reader.get_int64()), {}}, *team);
      return true;
    }
    if (reader.tag_and_type() != bytes_of(TeamUsersInfoField::user_id)) return false;
    for (const std::int64_t id : reader.get_packed_int64()) add_member({user_with_id(id), {}}, *team);
    return true;
  });
}

/// Reads a BattleTeamUserArmies.
void read_team_armies(std::string_view bytes, Teams& teams) {
  Team* team = find_team(bytes, teams);
  if (!team) return;
  std::int64_t total = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(BattleTeamUserArmiesField::team_user)) {
      read_team_user(view(reader), *team);
      return true;
    }
    if (reader.tag_and_type() == varint(BattleTeamUserArmiesField::team_total_score)) {
      total = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() != bytes_of(BattleTeamUserArmiesField::user_armies)) return false;
    read_user_armies(view(reader), team->standing);
    return true;
  });
  team->standing.score = total;
}

/// Reads a BattleTeamResult.
void read_team_result(std::string_view bytes, Teams& teams) {
  Team* team = find_team(bytes, teams);
  if (!team) return;
  std::int64_t result = 0, total = 0;
  each(bytes, [&](pbf_reader& reader) {
    if (reader.tag_and_type() == bytes_of(BattleTeamResultField::team_user)) {
      read_team_user(view(reader), *team);
      return true;
    }
    if (reader.tag_and_type() == varint(BattleTeamResultField::result)) {
      result = reader.get_int64();
      return true;
    }
    if (reader.tag_and_type() == varint(BattleTeamResultField::total_score)) {
      total = reader.get_int64();
      return true;
    }
    return false;
  });
  team->standing.score = std::max(total, team->standing.score.value_or(0));
  team->standing.result = result_name(result);
}

/// Everything that a message says about the two or more sides.
struct Sides {
  std::vector<User> hosts;
  Standings standings;
  Teams teams;
};

void name_member(const std::vector<User>& hosts, events::Scored& member) {
  for (const User& host : hosts) {
    if (host.id == member.user.id) member.user = host;
  }
}

events::BattleSide side_of(Standing standing, bool over) {
  events::BattleSide side;
  side.score = standing.score;
  if (over) side.result = std::move(standing.result);
  side.contributors = std::move(standing.contributors);
  return side;
}

void add_contributor(events::Scored giver, std::vector<events::Scored>& contributors) {
  for (events::Scored& known : contributors) {
    if (known.user.id != giver.user.id) continue;
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(known.score.value_or(0), giver.score.value_or(0), &sum)) known.score = sum;
    return;
  }
  if (contributors.size() < most_people) contributors.push_back(std::move(giver));
}

/// Adds the message's data about the hosts to their team.
void complete_team(Team& team, Sides& sides) {
  const bool has_contributors = !team.standing.contributors.empty();
  for (events::Scored& member : team.members) {
    name_member(sides.hosts, member);
    const auto own = sides.standings.find(member.user.id);
    if (own == sides.standings.end()) continue;
    if (!member.score) member.score = own->second.score;
    if (has_contributors) continue;  // they include those of the hosts
    for (events::Scored& giver : own->second.contributors)
      add_contributor(std::move(giver), team.standing.contributors);
  }
}

/// Builds one side per team. If there are no teams, builds one side per host.
std::vector<events::BattleSide> put_together(Sides sides, bool over) {
  std::vector<events::BattleSide> out;
  for (auto& [id, team] : sides.teams) {
    complete_team(team, sides);
    out.push_back(side_of(std::move(team.standing), over));
    out.back().members = std::move(team.members);
  }
  if (!out.empty()) return out;
  for (User& host : sides.hosts) {
    const auto own = sides.standings.find(host.id);
    out.push_back(side_of(own == sides.standings.end() ? Standing() : std::move(own->second), over));
    if (own != sides.standings.end()) sides.standings.erase(own);
    out.back().user = std::move(host);
  }
  for (auto& [id, standing] : sides.standings) {
    out.push_back(side_of(std::move(standing), over));
    out.back().user = user_with_id(static_cast<std::int64_t>(id.value()));
  }
  return out;
}

}  // namespace

void read_battle(std::string_view payload, Decoded& out) {
  events::Battle battle;
  std::int64_t action = 0;
  Sides sides;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(LinkMicBattleField::battle_id):
        battle.battle_id = id_text(reader.get_int64());
        return true;
      case varint(LinkMicBattleField::action):
        action = reader.get_int64();
        return true;
      case bytes_of(LinkMicBattleField::battle_result):
        read_entry(view(reader), read_result, sides.standings);
        return true;
      case bytes_of(LinkMicBattleField::armies):
        read_entry(view(reader), read_user_armies, sides.standings);
        return true;
      case bytes_of(LinkMicBattleField::anchors_info):
        if (sides.hosts.size() >= most_people) return false;
        sides.hosts.push_back(read_wrapped_user(view(reader)));
        return true;
      case bytes_of(LinkMicBattleField::team_member):
        read_team_users(view(reader), sides.teams);
        return true;
      case bytes_of(LinkMicBattleField::team_battle_result):
        read_team_result(view(reader), sides.teams);
        return true;
      case bytes_of(LinkMicBattleField::team_armies):
        read_team_armies(view(reader), sides.teams);
        return true;
      default:
        return false;
    }
  });
  battle.action = battle_action(action);
  battle.sides = put_together(std::move(sides), action == 5 || action == 6);
  out.body = std::move(battle);
}

void read_armies(std::string_view payload, Decoded& out) {
  events::Battle battle;
  battle.action = "score";
  Sides sides;
  each_field(payload, out, [&](pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case varint(LinkMicArmiesField::battle_id):
        battle.battle_id = id_text(reader.get_int64());
        return true;
      case bytes_of(LinkMicArmiesField::armies):
        read_entry(view(reader), read_user_armies, sides.standings);
        return true;
      case bytes_of(LinkMicArmiesField::team_armies):
        read_team_armies(view(reader), sides.teams);
        return true;
      default:
        return false;
    }
  });
  battle.sides = put_together(std::move(sides), false);
  out.body = std::move(battle);
}

}  // namespace papi::live
