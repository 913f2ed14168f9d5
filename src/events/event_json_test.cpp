#include "events/event_json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "events/event_fixture.hpp"

namespace papi::events::testing_log {

TEST(EventJson, has_the_shape_of_the_contract_for_both_sockets) {
  const auto events = comments(7'300'000'000'000'000'101, 1);
  const EventPtr encoded = encode(events[0], Position{Offset(7), "e1", "quiz"});
  const auto event = json::parse(std::string(encoded->json()));
  EXPECT_EQ(event.at("id").as_string(), "7300000000000000101");
  EXPECT_EQ(event.at("type").as_string(), "comment");
  EXPECT_EQ(event.at("offset").as_int64(), 7);
  EXPECT_EQ(event.at("epoch").as_string(), "e1");
  EXPECT_EQ(event.at("timestamp").as_string(), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(event.at("comment").as_string(), "hello");
  const std::string_view legacy = std::string_view(*encoded->comment_frame);
  const auto comment = json::parse(std::string(legacy.substr(legacy.find('{'))));
  EXPECT_EQ(comment.at("type").as_string(), "comment");
  for (const char* name :
       {"id", "comment", "text", "username", "timestamp", "timestamp_ms", "session_id", "source"}) {
    EXPECT_TRUE(comment.at("data").as_object().contains(name)) << name;
  }
  EXPECT_EQ(comment.at("data").at("user").at("userId").as_string(), "6800000000000000001");
}

}  // namespace papi::events::testing_log
