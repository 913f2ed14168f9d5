#include "engagement/csv.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <map>
#include <vector>

#include "events/event_json.hpp"

namespace papi::engagement {
namespace {

namespace json = boost::json;

TEST(Csv, a_cell_is_no_formula_for_any_spreadsheet) {
  struct Row {
    std::string text;
    std::string cell;
  };
  const Row rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"two words", "two words"},
      {"say \"hi\", all", "\"say \"\"hi\"\", all\""},
      {"=1+1", "\"'=1+1\""},
      {"+1", "\"'+1\""},
      {"-1", "\"'-1\""},
      {"@SUM(A1)", "\"'@SUM(A1)\""},
      {"\t=1", "\"'\t'=1\""},
      {"\r=1", "\"'\r'=1\""},
      {"\n=1", "\"'\n'=1\""},
      {"  =1", "\"'  =1\""},
      {"\"=1\"", "\"'\"\"=1\"\"\""},
      {"＝1", "\"'＝1\""},
      {"＠a", "\"'＠a\""},
      {"hello;=1+1;x", "\"hello;'=1+1;x\""},
      {"hello; =1", "\"hello;' =1\""},
      {"hello;\"=1\"", "\"hello;'\"\"=1\"\"\""},
      {"a;;-1", "\"a;;'-1\""},
      {"a\t+1", "\"a\t'+1\""},
      {"a\r\n@b", "\"a\r'\n'@b\""},
      {"a\n=b", "\"a\n'=b\""},
      {"a=b;c-d", "\"a=b;c-d\""},
      {"a,=1", "\"a,=1\""},
  };
  for (const Row& row : rows) {
    std::string cell;
    append_csv_text(cell, row.text);
    EXPECT_EQ(cell, row.cell) << row.text;
  }
}

/// The cells of one line. Line ends in cells are left out.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += line[++i];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      cells.emplace_back();
    } else if (line[i] != '\r' && line[i] != '\n') {
      cells.back() += line[i];
    }
  }
  return cells;
}

std::map<std::string, std::string> line_of(std::string_view event) {
  std::string line;
  append_csv_line(line, event);
  const auto names = cells_of(csv_header(false)), cells = cells_of(line);
  EXPECT_EQ(names.size(), cells.size());
  std::map<std::string, std::string> by_name;
  for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) by_name[names[i]] = cells[i];
  return by_name;
}

TEST(Csv, a_byte_order_mark_stands_before_the_header_if_asked_for) {
  EXPECT_EQ(csv_header(true), "\xEF\xBB\xBF" + csv_header(false));
  EXPECT_TRUE(
      csv_header(false).starts_with("offset,id,type,timestamp,user_id,username,nickname,comment,name,"));
}

TEST(Csv, numbers_stay_numbers_and_structures_are_json) {
  auto cells = line_of(R"({"offset":7,"type":"guest","position":-3,"is_host":null,"historical":true,)"
                       R"("user":{"id":"9","username":"-ann","badges":[{"kind":"fan","level":"2"}]},)"
                       R"("guests":[{"position":1}],"text":"=1"})");
  EXPECT_EQ(cells["offset"], "7");
  EXPECT_EQ(cells["position"], "-3");
  EXPECT_EQ(cells["historical"], "true");
  EXPECT_EQ(cells["user_id"], "9");
  EXPECT_EQ(cells["username"], "'-ann");
  EXPECT_EQ(cells["badges"], R"([{"kind":"fan","level":"2"}])");
  EXPECT_EQ(cells["guests"], R"([{"position":1}])");
  EXPECT_EQ(cells["text"], "'=1");
  EXPECT_EQ(cells["gift_id"], "");
}

/// One event of each type, each with every member that it can have.
std::vector<events::EventBody> full_bodies() {
  using namespace events;
  User user;
  user.id = events::UserId(2);
  user.username = "bob";
  const Announcement said{"text", "key", "sub", 3};
  const std::vector<Emote> emotes = {{1, "e", "https://x/e"}};
  Gift gift{5, "Rose", 2, 1, "s", true, true, user, "https://x/g"};
  RoomNotice room;
  room.kind = "goal";
  room.text = "t";
  room.key = "k";
  room.action = "a";
  room.reason = "r";
  room.sub_type = "s";
  room.msg_type = 4;
  room.battle_id = "b";
  room.language = "en";
  room.message_ids = {"1"};
  room.user_ids = {"2"};
  room.progress = 1;
  room.target = 2;
  room.poll = Poll{"p", "start", {{"yes", 1}}};
  Rank rank{"hourly", 1, "t", "k", 5, {}};
  rank.others = {rank};
  return {Comment{"hi", "en", emotes, user, {user}},
          gift,
          Like{1, 2},
          Join{3, "entry", said},
          Follow{4},
          Share{"app"},
          Subscribe{"super_fan", 2, true, 3, "gold", user, said},
          Viewers{1, 2, {{1, 2, user}}},
          Question{"q", "why"},
          EmoteComment{emotes},
          Envelope{"e", "coins", 1, "shown", 2, 3, 1'790'000'000'000, 4},
          Battle{"b", "open", {{user, 1, "win", {{user, 1}}, {{user, 2}}}}},
          room,
          Control{"ended", "host", "why", "text"},
          Guest{"joined", 1, 2, 3, 4, {{user, 1, 2}}},
          rank,
          SessionChange{"connected", "why", std::chrono::milliseconds(5), 1'790'000'000'000},
          Unknown{"WebcastX", "bytes"}};
}

TEST(Csv, every_member_of_every_event_has_a_column_with_its_value) {
  const auto bodies = full_bodies();
  ASSERT_EQ(bodies.size(), events::event_type_count);
  for (const auto& body : bodies) {
    events::Event event;
    event.id = 1;
    event.time = 1'790'000'000'000;
    event.room_id = events::RoomId(3);
    event.historical = event.other_room = true;
    events::User user;
    user.id = events::UserId(4);
    user.username = "ann";
    user.nickname = "Ann";
    user.avatar_url = "https://x/a";
    user.badges = {{"fan", "1"}};
    user.is_host = user.is_moderator = user.is_subscriber = user.is_follower = user.is_friend = true;
    event.user = user;
    event.body = body;
    const std::string text =
        R"({"offset":1,"epoch":"e","session_id":"s",)" + events::encode_common(event) + "}";
    auto cells = line_of(text);
    json::object members = json::parse(text).as_object();
    for (const auto& [name, value] : members["user"].as_object()) {
      const std::string column = name == "id" ? "user_id" : std::string(name.data(), name.size());
      EXPECT_EQ(cells.count(column), 1U) << column;
      EXPECT_NE(cells[column], "") << column;
    }
    members.erase("user");
    for (const auto& [name, value] : members) {
      const std::string column(name.data(), name.size());
      EXPECT_EQ(cells.count(column), 1U) << column;
      EXPECT_NE(cells[column], "") << column;
    }
  }
}

}  // namespace
}  // namespace papi::engagement
