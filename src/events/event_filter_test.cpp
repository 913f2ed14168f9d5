#include "events/event_filter.hpp"

#include <gtest/gtest.h>

namespace papi::events {
namespace {

EventPtr comment(std::string_view text) {
  const std::string json = R"({"type":"comment","comment":")" + std::string(text) + "\"}";
  StoredEvent stored;
  stored.type = EventType::comment;
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

TEST(EventFilter, words_that_nobody_could_see_are_refused) {
  for (const char* query : {"contains=%C2%AD", "contains=%E2%80%8B%E2%80%8B"}) {
    const auto filter = filter_of(query);
    ASSERT_FALSE(filter) << query;
    EXPECT_EQ(filter.error().message, "contains: must hold a character that is seen");
  }
}

}  // namespace papi::events
