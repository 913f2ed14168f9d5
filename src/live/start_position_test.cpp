#include "live/start_position.hpp"

#include <gtest/gtest.h>

namespace papi::live {
namespace {

events::UpstreamPosition at(const std::string& cursor, UnixMs heard_at, const std::string& room_id = "70") {
  events::UpstreamPosition position;
  position.room = "ann";
  position.room_id = room_id;
  position.cursor = cursor;
  position.heard_at = heard_at;
  return position;
}
events::SessionPast past(const events::UpstreamPosition& own, const events::UpstreamPosition& room) {
  events::SessionPast out;
  out.own = own;
  out.room = room;
  return out;
}

}  // namespace

TEST(StartPosition, a_session_without_a_position_inherits_the_rooms) {
  // `a` joined a running room and has stored nothing yet. `z` follows the room. Their order does not matter.
  const auto room = at("t-9", 900);
  const auto a = past(at("", 0), room), z = past(at("t-9", 900), room);
  for (const auto& order : {std::vector{a, z}, std::vector{z, a}}) {
    const auto start = choose_start(order);
    EXPECT_EQ(start.from.cursor, "t-9");
    EXPECT_EQ(start.from.room_id, "70");
    EXPECT_EQ(start.continues, (std::vector<bool>{true, true}));
  }
}

TEST(StartPosition, the_rooms_position_wins_over_an_older_one_of_a_session) {
  const auto room = at("t-9", 900);
  const auto start = choose_start({past(at("t-4", 400), room), past(at("t-9", 900), room)});
  EXPECT_EQ(start.from.cursor, "t-9");
  EXPECT_EQ(start.continues, (std::vector<bool>{false, true}));
}

TEST(StartPosition, a_session_that_comes_back_alone_goes_on_from_its_own_position) {
  const auto start = choose_start({past(at("t-4", 400), at("t-9", 900))});
  EXPECT_EQ(start.from.cursor, "t-4");
  EXPECT_EQ(start.continues, std::vector<bool>{true});
}

TEST(StartPosition, of_two_that_left_the_one_that_left_last_decides) {
  const auto room = at("t-9", 900);
  const auto start = choose_start({past(at("t-4", 400), room), past(at("t-6", 600), room)});
  EXPECT_EQ(start.from.cursor, "t-6");
  EXPECT_EQ(start.continues, (std::vector<bool>{false, true}));
}

TEST(StartPosition, is_the_oldest_one_from_which_the_others_can_go_on) {
  const auto room = at("t-9", 900);
  const auto with = [&](const events::UpstreamPosition& own, std::vector<std::uint64_t> ids) {
    auto out = past(own, room);
    out.ids = std::move(ids);
    return out;
  };
  const auto first = with(at("t-4", 400), {1, 2, 4}), second = with(at("t-6", 600), {4, 5, 6});
  const auto running = with(at("t-9", 900), {4, 5, 6, 7, 9});
  EXPECT_EQ(choose_start({second, first}).from.cursor, "t-4");
  EXPECT_EQ(choose_start({second, first}).continues, (std::vector<bool>{true, true}));
  EXPECT_EQ(choose_start({first, running, second}).from.cursor, "t-4") << "also against the room's position";
  EXPECT_EQ(choose_start({first, running, second}).continues, (std::vector<bool>{true, true, true}));

  const auto joined_later = with(at("t-7", 700), {6, 7});
  EXPECT_EQ(choose_start({first, running, joined_later}).from.cursor, "t-7")
      << "what the third one has cannot be compared with the first one's";
  EXPECT_EQ(choose_start({first, running, joined_later}).continues, (std::vector<bool>{false, true, true}));
  EXPECT_EQ(choose_start({second, running, joined_later}).from.cursor, "t-6") << "all have 6";

  const auto apart = with(at("t-4", 400), {1, 2}), of_before = with(at("t-4", 400, "69"), {4, 5});
  EXPECT_EQ(choose_start({apart, second}).from.cursor, "t-6") << "nothing in common";
  EXPECT_EQ(choose_start({apart, second}).continues, (std::vector<bool>{false, true}));
  EXPECT_EQ(choose_start({of_before, second}).from.cursor, "t-6") << "another stream";
  EXPECT_EQ(choose_start({of_before, second}).continues, (std::vector<bool>{false, true}));
}

TEST(StartPosition, new_sessions_begin_without_a_position_although_the_room_has_one) {
  const auto start = choose_start({past(at("", 0), at("t-9", 900))});
  EXPECT_EQ(start.from.cursor, "");
  EXPECT_EQ(start.continues, std::vector<bool>{true});
}

TEST(StartPosition, the_same_cursor_of_another_stream_is_another_position) {
  const auto start = choose_start({past(at("t-9", 800, "70"), at("t-9", 900, "71"))});
  EXPECT_EQ(start.from.room_id, "70");
}

TEST(IdsAhead, are_those_behind_the_last_common_one) {
  const auto with = [](std::vector<std::uint64_t> ids) {
    events::SessionPast past;
    past.ids = std::move(ids);
    return past;
  };
  using Ids = std::vector<std::uint64_t>;
  EXPECT_EQ(ids_ahead({with({1, 2, 3})}), std::vector<Ids>{{}}) << "alone";
  EXPECT_EQ(ids_ahead({with({1, 2, 3}), with({1, 2, 3})}), (std::vector<Ids>{{}, {}}));
  EXPECT_EQ(ids_ahead({with({1, 2, 3}), with({1, 2, 3, 9, 5, 4})}), (std::vector<Ids>{{}, {4, 5, 9}}));
  EXPECT_EQ(ids_ahead({with({3}), with({1, 2, 3})}), (std::vector<Ids>{{}, {}})) << "it joined later";
  EXPECT_EQ(ids_ahead({with({1, 2}), with({7, 8})}), (std::vector<Ids>{{}, {}})) << "nothing in common";
  EXPECT_EQ(ids_ahead({with({1, 2}), with({})}), (std::vector<Ids>{{}, {}})) << "a new session";
  EXPECT_EQ(ids_ahead({with({1}), with({1, 2}), with({1, 2, 3})}), (std::vector<Ids>{{}, {2}, {2, 3}}));
}

}  // namespace papi::live
