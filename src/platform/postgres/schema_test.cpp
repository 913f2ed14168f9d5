#include "platform/postgres/schema.hpp"

#include <gtest/gtest.h>

namespace papi::postgres {

TEST(PostgresSchema, takes_plain_names_only) {
  const std::string longest(63, 'a');
  for (const std::string& good : {std::string("tables_of_ours"), std::string("_a9"), longest}) {
    const auto schema = Schema::parse(good, "DB_SCHEMA");
    ASSERT_TRUE(schema) << good;
    EXPECT_EQ(schema->name(), good);
  }
  for (const std::string& bad :
       {std::string(), longest + 'a', std::string("9a"), std::string("pg_x"), std::string("Ab"),
        std::string("a-b"), std::string("a\"b"), std::string("ä"), std::string("a b")}) {
    const auto schema = Schema::parse(bad, "DB_SCHEMA");
    ASSERT_FALSE(schema) << bad;
    EXPECT_EQ(schema.error().code, ErrorCode::validation);
    EXPECT_NE(schema.error().message.find("DB_SCHEMA"), std::string::npos);
  }
}

TEST(PostgresSchema, stands_in_each_place_that_is_marked) {
  const auto schema = Schema::parse("mine", "DB_SCHEMA");
  EXPECT_EQ(schema->qualify("{schema}.a JOIN {schema}.b"), "\"mine\".a JOIN \"mine\".b");
  EXPECT_EQ(schema->qualify("SELECT 1"), "SELECT 1");
  EXPECT_EQ(schema->qualify(""), "");
}

}  // namespace papi::postgres
