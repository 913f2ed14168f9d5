#include "platform/http/query_reader.hpp"

#include <gtest/gtest.h>

namespace papi::http {
namespace {

Request asked(std::string_view query) {
  Request request;
  request.query = query;
  return request;
}

}  // namespace

TEST(QueryReader, gives_values_and_fallbacks) {
  QueryReader query(asked("limit=7&since=2026-11-23T14:16:00Z&until=5&name=a%20b&name=c&empty="));
  EXPECT_EQ(query.integer("limit", 1, 1, 10), 7);
  EXPECT_EQ(query.integer("after", 3, 0, 10), 3);
  EXPECT_EQ(query.time("since", 0), 1'795'443'360'000);
  EXPECT_EQ(query.time("until", 0), 5);
  EXPECT_EQ(query.time("at", 9), 9);
  EXPECT_EQ(query.text("name"), "a b");
  EXPECT_EQ(query.text("empty"), "");
  EXPECT_EQ(query.text("none"), std::nullopt);
  EXPECT_EQ(query.fault(), std::nullopt);
}

TEST(QueryReader, names_every_fault_at_once) {
  QueryReader query(asked("limit=0&after=x&since=soon&by="));
  EXPECT_EQ(query.integer("limit", 5, 1, 10), 5);
  query.integer("after", 0, 0, 10);
  query.time("since", 0);
  query.integer("by", 0, 0, 1);
  query.reject("other", "wrong");
  const auto fault = query.fault();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, ErrorCode::validation);
  EXPECT_EQ(
      fault->message,
      "limit: must be a whole number from 1 to 10; after: must be a whole number from 0 to 10; since: must "
      "be Unix milliseconds or a time such as 2026-11-23T14:16:00Z; by: must be a whole number from 0 to 1; "
      "other: wrong");
  EXPECT_EQ(fault->details().faults.size(), 5u);
}

}  // namespace papi::http
