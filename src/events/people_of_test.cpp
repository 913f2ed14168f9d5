#include "events/people_of.hpp"

#include <gtest/gtest.h>

#include "events/event_json.hpp"

namespace papi::events {
namespace {

User person(std::uint64_t id) {
  User user;
  user.id = UserId(id);
  user.username = "user" + std::to_string(id);
  return user;
}

/// Events that name people, all of them different, and one event that names nobody else. Person 1 is the
/// event's user.
std::vector<Event> events_with_people() {
  Comment comment;
  comment.reply_to = person(2);
  Gift gift;
  gift.to_user = person(3);
  Viewers viewers;
  viewers.top = {{1, 10, person(4)}, {2, 5, person(5)}};
  Battle battle;
  battle.sides = {{person(6), 0, ""}, {person(7), 0, ""}};
  std::vector<Event> events;
  for (EventBody body :
       {EventBody(comment), EventBody(gift), EventBody(viewers), EventBody(battle), EventBody(Share())}) {
    Event& event = events.emplace_back();
    event.user = person(1);
    event.body = std::move(body);
  }
  return events;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST(PeopleOf, an_event_are_who_acted_and_whom_it_names) {
  const std::vector<std::vector<std::uint64_t>> expected = {{1, 2}, {1, 3}, {1, 4, 5}, {1, 6, 7}, {1}};
  const auto events = events_with_people();
  for (std::size_t i = 0; i < events.size(); ++i) {
    std::vector<std::uint64_t> seen;
    for_each_person(events[i], [&](const User& user) { seen.push_back(user.id.value()); });
    EXPECT_EQ(seen, expected[i]) << i;
  }
}

TEST(EventPictures, every_person_of_an_event_has_one_wherever_they_stand) {
  const PictureKeys keys{Secret(std::string(32, 's'))};
  for (const Event& event : events_with_people()) {
    const std::string json = encode_common(event, &keys);
    std::size_t people = 0;
    for_each_person(event, [&](const User& user) {
      ++people;
      const std::string member = "\"picture\":\"/pictures/" + keys.key_of(user.id) + "\"";
      EXPECT_EQ(count(json, member), 1u) << json;
    });
    EXPECT_EQ(count(json, "\"picture\":"), people) << json;
    EXPECT_EQ(count(encode_common(event), "\"picture\":"), 0u);
  }
}

TEST(EventPictures, a_person_without_a_number_has_none) {
  const PictureKeys keys{Secret(std::string(32, 's'))};
  Event event;
  event.user = person(0);
  event.body = Comment();
  EXPECT_EQ(encode_common(event, &keys).find("picture"), std::string::npos);
}

}  // namespace papi::events
