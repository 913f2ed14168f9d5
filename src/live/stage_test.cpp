// Battles and guests on the stage.

#include "events/event_json.hpp"
#include "live/message_builder.hpp"

namespace papi::live {
namespace {

const events::Battle& battle(const events::Event& event) { return std::get<events::Battle>(event.body); }
const events::Guest& guest(const events::Event& event) { return std::get<events::Guest>(event.body); }

Field host(std::int64_t id, const std::string& name) {
  return {10, message({{1, id}, {2, message({{1, message({{1, id}, {2, name}, {4, "@" + name}})}})}})};
}
std::string entry(std::int64_t key, const std::string& value) { return message({{1, key}, {2, value}}); }
std::string army(std::int64_t viewer, std::int64_t score) {
  return message({{1, viewer}, {2, score}, {3, "Viewer"}});
}
std::string team_user(std::int64_t id, std::int64_t score) { return message({{1, id}, {2, score}}); }
std::string packed(std::initializer_list<std::int64_t> ids) {
  std::string bytes;
  protozero::pbf_writer(bytes).add_packed_int64(2, ids.begin(), ids.end());
  return bytes;
}

}  // namespace

TEST(Battles, a_score_that_nobody_said_is_absent_and_a_said_one_is_told) {
  const auto open =
      decode_fields("WebcastLinkMicBattle", {common(), {2, 70}, {4, 4}, host(501, "One"), host(502, "Two")});
  EXPECT_EQ(battle(open).battle_id, "70");
  EXPECT_EQ(battle(open).action, "open");
  ASSERT_EQ(battle(open).sides.size(), 2u);
  EXPECT_EQ(battle(open).sides[0].user->nickname, "One");
  EXPECT_FALSE(battle(open).sides[0].score.has_value());
  EXPECT_EQ(events::encode_common(open).find("\"score\""), std::string::npos);
  const auto score = decode_fields(
      "WebcastLinkMicArmies",
      {common(), {2, 70}, {3, entry(501, message({{1, army(7, 20)}, {2, 20}}))}, {3, entry(502, "")}});
  ASSERT_EQ(battle(score).sides.size(), 2u);
  EXPECT_EQ(battle(score).sides[0].user->id, events::UserId(501));
  EXPECT_EQ(battle(score).sides[0].score, 20);
  ASSERT_EQ(battle(score).sides[0].contributors.size(), 1u);
  EXPECT_EQ(battle(score).sides[0].contributors[0].user.id, events::UserId(7));
  EXPECT_EQ(battle(score).sides[0].contributors[0].user.nickname, "Viewer");
  EXPECT_EQ(battle(score).sides[0].contributors[0].score, 20);
  EXPECT_EQ(battle(score).sides[1].score, 0) << "an entry without a score has 0";
}

TEST(Battles, results_are_told_once_it_is_over) {
  const std::vector<Field> fields{common(),
                                  {2, 70},
                                  {4, 5},
                                  host(501, "One"),
                                  host(502, "Two"),
                                  host(503, "Three"),
                                  {5, entry(501, message({{1, 501}, {2, 1}, {3, 120}}))},
                                  {5, entry(502, message({{1, 502}, {3, 130}}))}};
  const auto finish = decode_fields("WebcastLinkMicBattle", fields);
  EXPECT_EQ(battle(finish).sides[0].result, "lose");
  EXPECT_EQ(battle(finish).sides[0].score, 120);
  EXPECT_EQ(battle(finish).sides[1].result, "win");
  EXPECT_EQ(battle(finish).sides[1].score, 130);
  EXPECT_EQ(battle(finish).sides[2].result, "") << "nothing was said of the third";
  EXPECT_FALSE(battle(finish).sides[2].score.has_value());
  std::vector<Field> going_on = fields;
  going_on[2] = {4, 4};
  EXPECT_EQ(battle(decode_fields("WebcastLinkMicBattle", going_on)).sides[1].result, "");
}

TEST(Battles, teams_have_members_totals_and_results) {
  const std::vector<Field> hosts{host(501, "One"), host(502, "Two"), host(503, "Three")};
  std::vector<Field> open{common(),
                          {2, 71},
                          {4, 4},
                          {14, message({{1, 1}}) + packed({501, 502})},
                          {14, message({{1, 2}, {2, 503}})}};
  open.insert(open.end(), hosts.begin(), hosts.end());
  const auto opened = decode_fields("WebcastLinkMicBattle", open);
  ASSERT_EQ(battle(opened).sides.size(), 2u);
  EXPECT_FALSE(battle(opened).sides[0].user.has_value());
  EXPECT_FALSE(battle(opened).sides[0].score.has_value());
  ASSERT_EQ(battle(opened).sides[0].members.size(), 2u);
  EXPECT_EQ(battle(opened).sides[0].members[1].user.nickname, "Two");
  EXPECT_FALSE(battle(opened).sides[0].members[1].score.has_value());
  EXPECT_EQ(battle(opened).sides[1].members[0].user.nickname, "Three");

  const auto score = decode_fields("WebcastLinkMicArmies", {common(),
                                                            {2, 71},
                                                            {14, message({{1, 1},
                                                                          {2, team_user(501, 100)},
                                                                          {2, team_user(502, 50)},
                                                                          {3, 150},
                                                                          {4, message({{1, army(7, 90)}})}})},
                                                            {14, message({{1, 2}, {2, team_user(503, 0)}})}});
  ASSERT_EQ(battle(score).sides.size(), 2u);
  EXPECT_EQ(battle(score).sides[0].score, 150);
  EXPECT_EQ(battle(score).sides[0].members[0].score, 100);
  EXPECT_EQ(battle(score).sides[0].members[1].score, 50);
  EXPECT_EQ(battle(score).sides[0].contributors[0].score, 90);
  EXPECT_EQ(battle(score).sides[1].score, 0);

  const auto finish = decode_fields("WebcastLinkMicBattle",
                                    {common(),
                                     {2, 71},
                                     {4, 5},
                                     hosts[0],
                                     hosts[2],
                                     {17, message({{1, 1}, {2, team_user(501, 150)}, {3, 1}, {4, 150}})},
                                     {17, message({{1, 2}, {2, team_user(503, 160)}, {4, 160}})}});
  EXPECT_EQ(battle(finish).sides[0].result, "lose");
  EXPECT_EQ(battle(finish).sides[0].score, 150);
  EXPECT_EQ(battle(finish).sides[1].result, "win");
  EXPECT_EQ(battle(finish).sides[1].score, 160);
  EXPECT_NE(events::encode_common(finish).find(
                R"({"score":160,"result":"win","members":[{"user":{"id":"503","username":"@Three")"),
            std::string::npos);
}

TEST(Battles, the_contributors_of_a_team_are_its_own_list_else_the_sum_over_its_hosts) {
  const Field hosts[] = {{3, entry(501, message({{1, army(7, 6)}, {1, army(8, 1)}, {2, 7}}))},
                         {3, entry(502, message({{1, army(7, 3)}, {2, 3}}))}};
  const auto contributors = [&](const std::string& own) {
    const Field team{14,
                     message({{1, 1}, {2, team_user(501, 7)}, {2, team_user(502, 3)}, {3, 10}, {4, own}})};
    const auto event = decode_fields("WebcastLinkMicArmies", {common(), {2, 71}, hosts[0], hosts[1], team});
    std::string out;
    for (const events::Scored& one : battle(event).sides.at(0).contributors)
      out += std::to_string(one.user.id.value()) + ":" + std::to_string(one.score.value_or(-1)) + " ";
    return out;
  };
  EXPECT_EQ(contributors(message({{1, army(7, 9)}})), "7:9 ");
  EXPECT_EQ(contributors(""), "7:9 8:1 ");
}

TEST(Battles, a_side_has_at_most_100_contributors) {
  std::vector<Field> armies{{2, 5}};
  for (int i = 1; i <= 101; ++i) armies.emplace_back(1, army(i, 1));
  const auto event =
      decode_fields("WebcastLinkMicArmies", {common(), {2, 70}, {3, entry(501, message(armies))}});
  EXPECT_EQ(battle(event).sides[0].contributors.size(), 100u);
  EXPECT_EQ(battle(event).sides[0].contributors.back().user.id, events::UserId(100));
}

TEST(Battles, cards_tasks_and_the_end_of_the_punishment) {
  const std::string sender = message({{1, message({{1, 7}, {2, "Ann"}, {4, "ann.1"}})}});
  const auto used = decode_fields(
      "WebcastLinkMicBattleItemCard",
      {common(),
       {2, 70},
       {3, 2},
       {5, message({{1, message({{1, "k"}, {4, sender}})}, {3, display_text("key", "A glove")}})}});
  const auto& card = std::get<events::RoomNotice>(used.body);
  EXPECT_EQ(card.kind, "battle_card");
  EXPECT_EQ(card.action, "critical_strike");
  EXPECT_EQ(card.battle_id, "70");
  EXPECT_EQ(card.text, "A glove");
  EXPECT_EQ(used.user->username, "ann.1");
  const auto award =
      decode_fields("WebcastLinkMicBattleItemCard",
                    {common(),
                     {2, 70},
                     {3, 4},
                     {7, message({{1, display_text("key", "{0:string} got it", {string_piece("Bob")})}})}});
  EXPECT_EQ(std::get<events::RoomNotice>(award.body).text, "Bob got it");
  EXPECT_EQ(std::get<events::RoomNotice>(award.body).action, "award");
  const auto newer =
      decode_fields("WebcastLinkMicBattleItemCard",
                    {common(), {3, 12}, {15, message({{1, message({{1, message({{4, sender}})}})}})}});
  EXPECT_EQ(newer.user->id, events::UserId(7));
  EXPECT_EQ(std::get<events::RoomNotice>(newer.body).action, "vault_glove");

  const auto task = decode_fields("WebcastLinkmicBattleTaskMessage",
                                  {common(), {2, 1}, {4, message({{1, 4}, {2, 7}, {3, "pm_k"}})}, {20, 70}});
  EXPECT_EQ(std::get<events::RoomNotice>(task.body).kind, "battle_task");
  EXPECT_EQ(std::get<events::RoomNotice>(task.body).action, "progress");
  EXPECT_EQ(std::get<events::RoomNotice>(task.body).progress, 4);
  EXPECT_EQ(std::get<events::RoomNotice>(task.body).battle_id, "70");
  EXPECT_EQ(task.user->id, events::UserId(7));
  const auto reward = decode_fields("WebcastLinkmicBattleTaskMessage",
                                    {common(), {2, 3}, {6, message({{1, message({{1, "pm_sum"}})}})}});
  EXPECT_EQ(std::get<events::RoomNotice>(reward.body).key, "pm_sum");
  EXPECT_EQ(std::get<events::RoomNotice>(reward.body).action, "reward");

  const auto over = decode_fields("WebcastLinkMicBattlePunishFinish", {common(), {3, 501}, {5, 70}});
  EXPECT_EQ(battle(over).action, "punish_finish");
  EXPECT_EQ(battle(over).battle_id, "70");
  EXPECT_EQ(over.user->id, events::UserId(501));
}

TEST(Guests, link_messages_tell_action_and_person) {
  const std::string ann = user(7, "Ann", "ann.1");
  struct Row {
    int type;
    Field content;
    const char* action;
    std::uint64_t who;
  };
  const Row rows[] = {
      {3, {5, message({{1, 7}, {8, ann}})}, "invited", 7},
      {5, {6, message({{1, 1}, {4, 7}, {10, ann}})}, "answered", 7},
      {7, {10, message({{1, 7}})}, "left", 7},
      {9, {11, message({{1, 1}, {2, 7}})}, "invitation_cancelled", 7},
      {15, {16, message({{1, 7}})}, "muted", 7},
      {15, {16, message({{1, 7}, {2, 1}})}, "unmuted", 7},
      {101, {101, message({{1, 7}})}, "removed", 7},
      {6,
       {9,
        message({{1, message({{1, user(1, "Host", "host")}, {10, 1}})}, {1, message({{1, ann}, {10, 2}})}})},
       "joined",
       7},
      {2, {8, ""}, "closed", 0},
      {77, {8, ""}, "other", 0},
  };
  for (const Row& row : rows) {
    const auto event = decode_fields("WebcastLinkMessage", {common(), {2, row.type}, row.content});
    EXPECT_EQ(guest(event).action, row.action);
    EXPECT_EQ(guest(event).raw_action, row.type);
    EXPECT_EQ(event.user ? event.user->id.value() : 0, row.who) << row.action;
  }
  const auto moved = decode_fields("WebcastLinkMessage",
                                   {common(), {2, 18}, {19, message({{1, message({{2, 7}, {3, 4}})}})}});
  EXPECT_EQ(guest(moved).action, "moved");
  EXPECT_EQ(guest(moved).position, 4);
  EXPECT_EQ(moved.user->id, events::UserId(7));
  const auto list = decode_fields("WebcastLinkMessage",
                                  {common(), {2, 19}, {20, message({{1, message({{1, ann}, {7, 356}})}})}});
  EXPECT_EQ(guest(list).action, "left");
  ASSERT_EQ(guest(list).guests.size(), 1u);
  EXPECT_EQ(guest(list).guests[0].user.nickname, "Ann");
  EXPECT_EQ(guest(list).guests[0].score, 356);
}

TEST(Guests, link_layer_messages_tell_action_and_person) {
  const std::string player = message({{1, 1}, {2, 7}});
  struct Row {
    int type;
    Field content;
    const char* action;
    std::uint64_t who;
  };
  const Row rows[] = {
      {2, {103, message({{1, message({{2, 1}})}, {8, player}})}, "invited", 7},
      {3, {104, message({{1, player}})}, "applied", 7},
      {4, {105, message({{1, message({{2, 1}})}, {6, player}})}, "permitted", 7},
      {5, {106, message({{1, player}})}, "answered", 7},
      {6, {107, message({{1, player}})}, "removed", 7},
      {8, {109, message({{1, message({{2, 1}})}, {5, player}})}, "invitation_cancelled", 7},
      {9, {110, message({{1, player}})}, "left", 7},
      {10, {111, message({{1, player}})}, "closed", 7},
      {12, {112, message({{1, message({{1, player}})}})}, "joined", 7},
      {9, {5, "source"}, "left", 0},
  };
  for (const Row& row : rows) {
    const auto event = decode_fields("WebcastLinkLayerMessage", {common(), {2, row.type}, row.content});
    EXPECT_EQ(guest(event).action, row.action);
    EXPECT_EQ(guest(event).raw_action, row.type);
    EXPECT_EQ(event.user ? event.user->id.value() : 0, row.who) << row.action;
  }
  const std::string place = message({{1, 1}, {2, message({{1, 8}})}});
  const auto list = decode_fields(
      "WebcastLinkLayerMessage",
      {common(),
       {2, 11},
       {102,
        message({{2, message({{2, message({{1, player}, {3, place}})}, {2, message({{1, player}})}})}})}});
  ASSERT_EQ(guest(list).guests.size(), 2u);
  EXPECT_EQ(guest(list).guests[0].user.id, events::UserId(7));
  EXPECT_EQ(guest(list).guests[0].position, 8);
  EXPECT_EQ(guest(list).guests[1].position, -1);
}

TEST(Guests, what_guests_were_given_is_a_score) {
  const auto one = decode_fields("WebcastLinkMicMethod", {common(), {2, 8}, {5, 7}, {6, 12}, {7, 30}});
  EXPECT_EQ(one.user->id, events::UserId(7));
  EXPECT_NE(events::encode_common(one).find(R"("action":"score","raw_action":8,"score":12,"total":30)"),
            std::string::npos);
  EXPECT_EQ(guest(decode_fields("LinkMicMethod", {common(), {2, 104}})).action, "other");
  EXPECT_FALSE(guest(decode_fields("LinkMicMethod", {common(), {2, 104}})).score.has_value());
  const auto tickets = [](std::initializer_list<std::int64_t> ids) {
    std::vector<Field> notice{{2, 30}};
    for (const std::int64_t id : ids) notice.emplace_back(1, message({{1, id}, {2, id * 2}}));
    return decode_fields("WebcastLinkMicFanTicketMethod", {common(), {2, message(notice)}});
  };
  EXPECT_EQ(tickets({7}).user->id, events::UserId(7));
  EXPECT_EQ(guest(tickets({7})).score, 14);
  EXPECT_FALSE(tickets({7, 8}).user.has_value()) << "two are not one person";
  ASSERT_EQ(guest(tickets({7, 8})).guests.size(), 2u);
  EXPECT_EQ(guest(tickets({7, 8})).guests[1].score, 16);
  EXPECT_EQ(guest(tickets({7, 8})).total, 30);
}

}  // namespace papi::live
