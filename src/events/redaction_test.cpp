#include "events/redaction.hpp"

#include <gtest/gtest.h>

#include "platform/base/text.hpp"

namespace papi::events {
namespace {

ErasedPerson person(std::string name, std::vector<std::int64_t> ids = {}) {
  return {std::move(name), std::move(ids), {}};
}

TEST(Redaction, blanks_the_person_wherever_they_stand_and_keeps_all_else) {
  EXPECT_EQ(
      redact(
          R"({"id":"7","offset":3,"user":{"id":"1","username":"Ann.1","nickname":"Ann","avatar_url":"https://x/y","badges":[]},"comment":"hi"})",
          person("ann.1")),
      R"({"id":"7","offset":3,"user":{"id":"1","username":"","nickname":"","avatar_url":"","badges":[]},"comment":"hi"})");
  EXPECT_EQ(
      redact(
          R"({"top":[{"rank":1,"user":{"username":"bob","nickname":"B"}},{"user":{"username":"ann","nickname":"A"}}]})",
          person("ann")),
      R"({"top":[{"rank":1,"user":{"username":"bob","nickname":"B"}},{"user":{"username":"","nickname":""}}]})");
}

TEST(Redaction, knows_the_person_by_number_where_a_message_has_no_name) {
  const char* envelope =
      R"({"id":"42","user":{"id":"42","username":"","nickname":"Ann","avatar_url":"https://x/y"}})";
  EXPECT_EQ(redact(envelope, person("ann", {7, 42})),
            R"({"id":"42","user":{"id":"42","username":"","nickname":"","avatar_url":""}})");
  EXPECT_FALSE(redact(envelope, person("ann", {4, 2})));
  EXPECT_FALSE(redact(R"({"id":"42","type":"like"})", person("ann", {42}))) << "an event's id is no person's";
  EXPECT_FALSE(redact(R"({"id":"42","username":"bob"})", person("ann", {42})));
}

TEST(Redaction, drops_mentions_of_the_whole_name_only) {
  EXPECT_EQ(redact(R"({"comment":"@Ann hi @ann. @anna ann @ann_ @ann.x"})", person("ann")),
            R"({"comment":"@… hi @…. @anna ann @ann_ @ann.x"})");
  EXPECT_EQ(redact(R"({"comment":"@ann"})", person("ann")), R"({"comment":"@…"})");
  EXPECT_FALSE(redact(R"({"comment":"@anna, ann@"})", person("ann")));
}

TEST(Redaction, drops_the_nickname_from_what_the_platform_says_and_not_from_what_people_say) {
  ErasedPerson anna = person("ann.1");
  anna.nicknames = {"Anna.exe", "安娜"};
  EXPECT_EQ(redact(R"({"type":"room","kind":"message","text":"Anna.exe became the No. 556 member"})", anna),
            R"({"type":"room","kind":"message","text":"… became the No. 556 member"})");
  EXPECT_EQ(redact(R"({"type":"room","text":"Welcome, 安娜 (Anna.exe)!"})", anna),
            R"({"type":"room","text":"Welcome, … (…)!"})");
  EXPECT_FALSE(redact(R"({"type":"room","text":"Anna.exes, TAnna.exe"})", anna)) << "another word";
  EXPECT_FALSE(redact(R"({"type":"comment","comment":"Anna.exe is here"})", anna));
  EXPECT_FALSE(redact(R"({"type":"comment","comment":"hi","text":"Anna.exe is here"})", anna));
  for (const std::string type : {"rank", "join", "subscribe", "control"}) {
    EXPECT_EQ(redact(R"({"type":")" + type + R"(","text":"Anna.exe is No. 1"})", anna),
              R"({"type":")" + type + R"(","text":"… is No. 1"})");
  }
  EXPECT_EQ(redact(R"({"type":"rank","text":"No. 1","others":[{"text":"Anna.exe"},{"text":"Bob"}]})", anna),
            R"({"type":"rank","text":"No. 1","others":[{"text":"…"},{"text":"Bob"}]})");
  ErasedPerson join = person("ann.1");
  join.nicknames = {"join"};
  EXPECT_EQ(redact(R"({"type":"join","source":"join","text":"join is here"})", join),
            R"({"type":"join","source":"join","text":"… is here"})")
      << "only the sentence";
}

TEST(Redaction, drops_the_raw_payload_that_has_the_name) {
  const std::string with = base64(
      "\x0A\x05"
      "Ann.1\x10");
  const std::string without = base64(
      "\x0A\x03"
      "bob\x10");
  EXPECT_EQ(redact(R"({"type":"unknown","raw_payload":")" + with + "\"}", person("ann.1")),
            R"({"type":"unknown","raw_payload":""})");
  EXPECT_FALSE(redact(R"({"type":"unknown","raw_payload":")" + without + "\"}", person("ann.1")));
}

TEST(Redaction, leaves_what_does_not_concern_the_person) {
  for (const char* body :
       {R"({"user":{"username":"anna","nickname":"ann"}})", R"({"user":{"username":"bob"}})", "", "[1]",
        "{broken \"ann\"", R"({"username":7,"x":"ann"})"})
    EXPECT_FALSE(redact(body, person("ann"))) << body;
}

}  // namespace
}  // namespace papi::events
