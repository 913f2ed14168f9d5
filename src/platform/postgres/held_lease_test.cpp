#include "platform/postgres/held_lease.hpp"

#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::postgres {
namespace {

/// Each test runs on the server itself and through pgbouncer in transaction mode.
struct HeldLeaseTest : ServerTest, testing::WithParamInterface<bool> {
  test::PostgresSchema database{GetParam()};

  Result<std::unique_ptr<HeldLease>> take(Pause pause = {}) {
    HeldLease::Options options{"test", "lease_test"};
    options.timeout = milliseconds(0);
    options.pause = std::move(pause);
    return HeldLease::take(database.target(), database.schema(), options, log);
  }
  /// The epoch, and whether the lease is free.
  std::string row() {
    return table(
        "SELECT epoch || CASE WHEN expires_at < clock_timestamp() THEN ' free' ELSE ' held' END FROM "
        "stores.leases");
  }
};

}  // namespace

TEST_P(HeldLeaseTest, has_one_owner_whose_name_the_others_are_told_and_is_free_after_it) {
  auto first = take();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(row(), "1 held");
  const auto second = take();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("in use by process " + std::to_string(getpid()) + " on host "),
            std::string::npos)
      << second.error().message;
  (*first)->give_back(std::chrono::steady_clock::now());
  EXPECT_EQ(row(), "1 free");
  const auto third = take();
  ASSERT_TRUE(third) << third.error().message;
  EXPECT_EQ((*third)->epoch(), 2);
}

TEST_P(HeldLeaseTest, tells_once_whom_it_waits_for_and_how_long_at_most) {
  const auto first = take();
  ASSERT_TRUE(first) << first.error().message;
  std::vector<std::string> owners;
  milliseconds at_most{0};
  HeldLease::Options options{"test", "lease_test"};
  options.timeout = milliseconds(1'000);  // several tries
  options.on_wait = [&](const std::string& owner, milliseconds time) {
    owners.push_back(owner);
    at_most = time;
  };
  ASSERT_FALSE(HeldLease::take(database.target(), database.schema(), options, log));
  EXPECT_EQ(owners, std::vector<std::string>{table("SELECT owner FROM stores.leases")});
  EXPECT_GT(at_most, milliseconds(0));
  EXPECT_LE(at_most, options.timeout);
}

TEST_P(HeldLeaseTest, is_free_if_the_wait_for_it_was_ended) {
  const auto ended = take([](std::chrono::milliseconds) { return false; });
  // The lease may have been taken before the pause was asked.
  if (!ended) {
    EXPECT_EQ(ended.error().code, ErrorCode::unavailable) << ended.error().message;
    EXPECT_NE(row(), "1 held");
  }
}

TEST_P(HeldLeaseTest, is_given_up_while_its_row_is_locked) {
  auto held = take();
  ASSERT_TRUE(held) << held.error().message;
  const auto holder = connect();
  ASSERT_TRUE(query(*holder, "BEGIN"));
  ASSERT_TRUE(query(*holder, "LOCK TABLE stores.leases IN ACCESS EXCLUSIVE MODE"));
  (*held)->give_back(std::chrono::steady_clock::now());  // ends, although nobody unlocks
  ASSERT_TRUE(query(*holder, "ROLLBACK"));
}

INSTANTIATE_TEST_SUITE_P(Postgres, HeldLeaseTest, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::postgres
