#include "events/filter_query.hpp"

#include <gtest/gtest.h>

namespace papi::events {
namespace {

EventPtr comment(std::string_view text, EventType type = EventType::comment, std::uint64_t user_id = 0,
                 const std::string& username = {}) {
  const std::string json = R"({"type":"comment","comment":")" + std::string(text) + "\"}";
  StoredEvent stored;
  stored.type = type;
  stored.user_id = UserId(user_id);
  stored.username = username;
  stored.json = json;
  return restore(stored);
}

Result<EventFilter> filter_of(std::string_view query) {
  http::Request request;
  request.query = query;
  http::QueryReader reader(request);
  EventFilter filter = read_filter(reader);
  if (auto fault = reader.fault()) return *fault;
  return filter;
}

}  // namespace

TEST(EventFilter, words_are_found_in_every_way_of_writing_them) {
  struct Row {
    const char* query;
    const char* said;
    bool found;
  };
  const Row rows[] = {
      {"contains=quiz", "What a QUIZ!", true},
      {"contains=quiz", "ｗｈａｔ　ａ　Ｑｕｉｚ", true},
      {"contains=%EF%BC%B1uiz", "a quiz", true},
      {"contains=caf%C3%A9", "cafe\u0301 au lait", true},
      {"contains=cafe%CC%81", "Caf\u00E9", true},
      {"contains=%D0%9F%D0%A0%D0%98", "привет", true},
      {"contains=strasse", "Straße", true},
      {"contains=quiz", "qu\u00ADiz", true},
      {"contains=fin", "ﬁnal", true},
      {"contains=quiz", "quip", false},
      {"contains=cafe", "thé", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(filter_of(row.query)->matches(*comment(row.said)), row.found) << row.said;
}

TEST(EventFilter, lets_through_the_types_and_the_person_that_are_asked_for) {
  struct Row {
    const char* query;
    EventType type;
    std::uint64_t user_id;
    const char* username;
    bool wanted;
  };
  const Row rows[] = {
      {"", EventType::unknown, 0, "", true},
      {"types=", EventType::gift, 0, "", true},
      {"types=gift", EventType::gift, 1, "ann", true},
      {"types=gift", EventType::comment, 1, "ann", false},
      {"types=gift,+comment", EventType::comment, 1, "ann", true},
      {"user=", EventType::gift, 1, "ann", true},
      {"user=42", EventType::gift, 42, "ann", true},
      {"user=42", EventType::gift, 7, "42", true},
      {"user=42", EventType::gift, 7, "ann", false},
      {"user=@Ann", EventType::gift, 7, "ann", true},
      {"user=ann", EventType::gift, 7, "anna", false},
      {"user=ann", EventType::gift, 0, "", false},
      {"user=0", EventType::gift, 0, "", false},
      {"types=gift&user=ann", EventType::like, 7, "ann", false},
      {"contains=quiz", EventType::gift, 7, "ann", false},
      {"types=gift&contains=quiz", EventType::comment, 7, "ann", false},
      {"types=gift,comment&contains=quiz", EventType::comment, 7, "ann", true},
      {"user=ben&contains=quiz", EventType::comment, 7, "ann", false},
  };
  for (const Row& row : rows) {
    const auto filter = filter_of(row.query);
    ASSERT_TRUE(filter) << row.query;
    EXPECT_EQ(filter->matches(*comment("a quiz", row.type, row.user_id, row.username)), row.wanted)
        << row.query << " " << row.user_id << " " << row.username;
  }
}

TEST(EventFilter, a_search_for_words_asks_the_store_for_comments_alone) {
  const std::uint32_t comments = 1u << static_cast<int>(EventType::comment);
  EXPECT_EQ(filter_of("contains=quiz")->types, comments);
  EXPECT_EQ(filter_of("contains=quiz&types=gift,comment")->types, comments);
  EXPECT_EQ(filter_of("")->types, ~0u);
}

TEST(EventFilter, what_is_too_long_or_unknown_is_refused_with_its_name) {
  const std::string user = "must be an id or a name of at most 64 bytes";
  const std::pair<std::string, std::string> rows[] = {
      {"user=" + std::string(64, 'a'), ""},
      {"user=" + std::string(65, 'a'), "user: " + user},
      {"user=@", "user: " + user},
      {"contains=" + std::string(200, 'a'), ""},
      {"contains=" + std::string(201, 'a'), "contains: at most 200 bytes"},
      {"types=gift,gifts", "types: 'gifts' is not an event type"},
  };
  for (const auto& [query, fault] : rows) {
    const auto filter = filter_of(query);
    EXPECT_EQ(filter ? "" : filter.error().message, fault) << query;
  }
}

TEST(EventFilter, is_narrowed_to_the_types_of_a_limited_credential) {
  constexpr std::uint32_t comments = 1u << static_cast<int>(EventType::comment),
                          gifts = 1u << static_cast<int>(EventType::gift);
  EXPECT_EQ(event_type_bit("gift"), gifts);
  EXPECT_FALSE(event_type_bit("gifts"));
  http::Caller caller;
  EventFilter all = *filter_of("");
  EXPECT_FALSE(narrow_filter(all, caller));
  EXPECT_EQ(all.types, ~0u) << "an ordinary credential reads everything";
  auto scope = std::make_shared<http::CredentialScope>();
  scope->types = gifts;
  caller.scope = scope;
  struct Row {
    const char* query;
    std::uint32_t types;  // of the filter
    const char* refusal;
  };
  const Row rows[] = {
      {"", gifts, ""},
      {"types=gift", gifts, ""},
      {"user=ann", gifts, ""},
      {"types=gift,like", 0, "types: this credential does not read events of the type like"},
      {"types=like,comment", 0, "types: this credential does not read events of the type comment, like"},
      {"contains=quiz", 0, "types: this credential does not read events of the type comment"},
  };
  for (const Row& row : rows) {
    EventFilter filter = *filter_of(row.query);
    const auto refusal = narrow_filter(filter, caller);
    EXPECT_EQ(refusal ? refusal->message : "", row.refusal) << row.query;
    if (refusal) {
      EXPECT_EQ(refusal->code, ErrorCode::insufficient_permissions);
    } else {
      EXPECT_EQ(filter.types, row.types) << row.query;
    }
  }
  scope->types = comments | gifts;
  EventFilter words = *filter_of("contains=quiz");
  EXPECT_FALSE(narrow_filter(words, caller));
  EXPECT_EQ(words.types, comments);
}

TEST(EventFilter, words_that_nobody_could_see_are_refused) {
  for (const char* query : {"contains=%C2%AD", "contains=%E2%80%8B%E2%80%8B"}) {
    const auto filter = filter_of(query);
    ASSERT_FALSE(filter) << query;
    EXPECT_EQ(filter.error().message, "contains: must contain at least one visible character");
  }
}

}  // namespace papi::events
