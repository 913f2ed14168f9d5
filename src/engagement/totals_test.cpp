#include "engagement/totals.hpp"

#include <gtest/gtest.h>

namespace papi::engagement::totals_test {
namespace {

using namespace events;

constexpr UnixMs start = 1'700'000'000'000;  // the first millisecond of a span

Event said_by(std::uint64_t user_id, UnixMs time, EventBody body) {
  Event event;
  event.time = time;
  if (user_id != 0) {
    event.user.emplace();
    event.user->id = UserId(user_id);
  }
  event.body = std::move(body);
  return event;
}
Event of_other_room(Event event) {
  event.other_room = true;
  return event;
}
Event named(Event event, std::string username, std::string nickname, std::string avatar_url) {
  if (!event.user) event.user.emplace();
  event.user->username = std::move(username);
  event.user->nickname = std::move(nickname);
  event.user->avatar_url = std::move(avatar_url);
  return event;
}
Gift gift(std::int64_t count, std::int64_t each, bool end) {
  Gift given;
  given.gift_id = 5655;
  given.count = count;
  given.diamonds_each = each;
  given.streak_end = end;
  return given;
}
Viewers viewers(std::int64_t count) {
  Viewers seen;
  seen.count = count;
  return seen;
}
PersonTotals person(std::uint64_t id, std::int64_t comments, std::int64_t diamonds, std::int64_t likes,
                    std::int64_t shares, std::string username = "", std::string nickname = "",
                    std::string avatar_url = "") {
  return {
      UserId(id), std::move(username), std::move(nickname), std::move(avatar_url), comments, diamonds, likes,
      shares};
}

SessionTotals totals_of_events(const std::vector<Event>& list) {
  std::vector<EventPtr> encoded;
  for (const Event& event : list) {
    auto prepared = std::make_shared<PreparedEvent>();
    prepared->event = event;
    encoded.push_back(encode(std::move(prepared), {Offset(encoded.size() + 1), "e1", "quiz"}));
  }
  return totals_of(encoded);
}

struct Row {
  const char* what;
  std::vector<Event> events;
  std::vector<PersonTotals> people;
  std::vector<SpanTotals> spans;
  std::optional<std::int64_t> viewers = std::nullopt;
};

const Row rows[] = {
    {"no event adds nothing", {}, {}, {}},
    {"people and spans are sorted by their keys, and each comes once",
     {said_by(9, start + 10'000, Comment{}), said_by(3, start, Share{"app"}),
      said_by(9, start + 9'999, Comment{}), said_by(1ull << 63, start - 1, Comment{})},
     {person(3, 0, 0, 0, 1), person(9, 2, 0, 0, 0), person(1ull << 63, 1, 0, 0, 0)},
     {{start - 10'000, "comment", {1, 1, 1}},
      {start, "comment", {1, 1, 1}},
      {start, "share", {1, 1, 1}},
      {start + 10'000, "comment", {1, 1, 1}}}},
    {"user 0 and no user are nobody, and their events count",
     {said_by(0, start, Comment{}), named(said_by(0, start, Share{"app"}), "ann", "Ann", "")},
     {},
     {{start, "comment", {1, 1, 1}}, {start, "share", {1, 1, 1}}}},
    {"a gift adds to the sums with the end of its streak only",
     {said_by(1, start, gift(1, 10, false)), said_by(1, start, gift(2, 10, false)),
      said_by(1, start, gift(3, 10, true))},
     {person(1, 0, 30, 0, 0)},
     {{start, "gift", {3, 30, 30}}, {start, gifts_kind, {1, 3, 3}}, {start, streaks_kind, {1, 30, 30}}}},
    {"likes add their taps, and the highest total of the room is kept",
     {said_by(7, start, Like{5, 1'000}), said_by(8, start, Like{2, 1'002}), said_by(7, start, Like{1, 990})},
     {person(7, 0, 0, 6, 0), person(8, 0, 0, 2, 0)},
     {{start, "like", {3, 8, 5}}, {start, like_total_kind, {3, 2'992, 1'002}}}},
    {"likes of another room add taps, and not its total",
     {said_by(7, start, Like{5, 10}), of_other_room(said_by(7, start, Like{1, 9'000'000}))},
     {person(7, 0, 0, 6, 0)},
     {{start, "like", {2, 6, 5}}, {start, like_total_kind, {1, 10, 10}}}},
    {"the newest number of viewers is of this room",
     {said_by(0, start, viewers(60)), said_by(0, start, viewers(50)),
      of_other_room(said_by(0, start, viewers(5'000)))},
     {},
     {{start, "viewers", {3, 5'110, 5'000}}},
     50},
    {"the last name that was said is kept, each by itself",
     {named(said_by(1, start, Comment{}), "old", "Older", "http://a/1"),
      named(said_by(1, start, Comment{}), "new", "", "http://a/2"),
      named(said_by(1, start, Comment{}), "", "", "")},
     {person(1, 3, 0, 0, 0, "new", "Older", "http://a/2")},
     {{start, "comment", {3, 3, 1}}}},
};

}  // namespace

TEST(SessionTotals, are_the_sums_of_the_events_by_person_and_span) {
  for (const Row& row : rows) {
    const SessionTotals totals = totals_of_events(row.events);
    EXPECT_EQ(totals.people, row.people) << row.what;
    EXPECT_EQ(totals.spans, row.spans) << row.what;
    EXPECT_EQ(totals.viewers, row.viewers) << row.what;
  }
}

}  // namespace papi::engagement::totals_test
