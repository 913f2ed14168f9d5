#include <gtest/gtest.h>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"

namespace papi {
namespace {

TEST(Permissions, their_bits_are_those_that_the_databases_hold) {
  EXPECT_EQ(bit_of(permission::read), 2);
  EXPECT_EQ(bit_of(permission::write), 4);
  EXPECT_EQ(bit_of(permission::connect), 8);
  EXPECT_EQ(bit_of(permission::admin), 16);
}

TEST(Permissions, each_has_its_name) {
  const struct {
    Permission permission;
    std::string_view name;
  } rows[] = {{Permission::none, "none"},   {permission::read, "read"},
              {permission::write, "write"}, {permission::connect, "connect"},
              {permission::admin, "admin"}, {Permission::authenticated, "authenticated"}};
  for (const auto& row : rows) EXPECT_EQ(permission::name_of(row.permission), row.name);
}

TEST(RateRules, each_has_its_name) {
  using http::RateRule;
  const struct {
    RateRule rule;
    std::string_view name;
  } rows[] = {{RateRule::none, "none"},
              {rate_rule::api, "api"},
              {rate_rule::auth, "auth"},
              {rate_rule::connect, "connect"},
              {rate_rule::websocket, "websocket"},
              {rate_rule::strict, "strict"}};
  EXPECT_EQ(std::size(rows), rate_rule::count);
  for (const auto& row : rows) EXPECT_EQ(rate_rule::name_of(row.rule), row.name);
}

}  // namespace
}  // namespace papi
