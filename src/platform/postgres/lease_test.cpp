#include "platform/postgres/lease.hpp"

#include "platform/postgres/writer.hpp"
#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::postgres {
namespace {

using std::chrono::steady_clock;

/// Each test runs on the server itself and through pgbouncer in transaction mode.
struct PostgresLease : ServerTest, testing::WithParamInterface<bool> {
  test::PostgresSchema database{GetParam()};
  const Schema& schema = database.schema();
  std::optional<Pool> pool;
  std::optional<Writer> writer;

  PostgresLease() { pool.emplace(executor(), database.target(), PoolOptions(), log, Random(3)); }
  ~PostgresLease() override {
    if (writer) run(writer->stop(steady_clock::now()));
    run(pool->stop(steady_clock::now() + std::chrono::seconds(10)));
  }
  Lease lease(const std::string& owner, LeaseOptions options = {}) {
    return Lease(*pool, schema, options, owner, log);
  }
  Result<void> take(Lease& lease, milliseconds timeout = milliseconds(0)) {
    return run(lease.take(steady_clock::now() + timeout));
  }
  void open_writer(const Lease& lease) {
    WriterOptions options;
    options.fence = lease.fence();
    writer.emplace(executor(), database.target(), options, log, Random(7));
  }
  Reply<Written> write(std::int64_t value) {
    std::vector<Statement> statements;
    statements.emplace_back("insert", "INSERT INTO fenced VALUES ($1)", value);
    return run(writer->write(WriteJob(std::move(statements))));
  }
  void expire() {
    const auto connection = connect();
    const auto done = run(connection->script("UPDATE stores.leases SET expires_at = '-infinity'"));
    if (!done) throw std::runtime_error(done.error().what);
  }
  std::string row() { return table("SELECT scope || ' ' || owner || ' ' || epoch FROM stores.leases"); }
};

}  // namespace

TEST_P(PostgresLease, has_one_owner_and_a_new_epoch_for_each) {
  Lease first = lease("first"), second = lease("second");
  ASSERT_TRUE(take(first));
  EXPECT_EQ(first.epoch(), 1);
  const auto refused = take(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("by first:"), std::string::npos) << refused.error().message;
  ASSERT_TRUE(take(first)) << "the answer to an earlier try may have been lost";
  EXPECT_EQ(first.epoch(), 1);
  run(first.release());
  ASSERT_TRUE(take(second));
  EXPECT_EQ(second.epoch(), 2);
  EXPECT_EQ(row(), "database second 2");
}

TEST_P(PostgresLease, of_a_process_that_is_gone_expires) {
  LeaseOptions options;
  options.duration = milliseconds(300);
  options.retry = milliseconds(10);
  Lease first = lease("first", options), second = lease("second", options);
  ASSERT_TRUE(take(first));
  ASSERT_TRUE(take(second, milliseconds(30'000)));
  EXPECT_EQ(second.epoch(), 2);
}

TEST_P(PostgresLease, that_is_renewed_does_not_expire) {
  LeaseOptions options;
  options.duration = milliseconds(600);
  options.renewal = milliseconds(50);
  options.retry = milliseconds(20);
  Lease first = lease("first", options), second = lease("second", options);
  ASSERT_TRUE(take(first));
  bool lost = false, ended = false;
  net::co_spawn(io, first.keep([&] { lost = true; }), [&](std::exception_ptr) { ended = true; });
  EXPECT_EQ(take(second, options.duration * 3).error().code, ErrorCode::conflict);
  EXPECT_FALSE(lost);
  first.stop();
  run_until([&] { return ended; });
}

TEST_P(PostgresLease, that_expired_while_nobody_took_it_goes_on_with_its_epoch) {
  LeaseOptions options;
  options.renewal = milliseconds(10);
  Lease first = lease("first", options);
  ASSERT_TRUE(take(first));
  expire();
  bool lost = false, ended = false;
  net::co_spawn(io, first.keep([&] { lost = true; }), [&](std::exception_ptr) { ended = true; });
  run_until([&] { return table("SELECT count(*) FROM stores.leases WHERE expires_at > now()") == "1"; });
  EXPECT_FALSE(lost);
  EXPECT_EQ(row(), "database first 1");
  first.stop();
  run_until([&] { return ended; });
}

TEST_P(PostgresLease, that_somebody_else_has_is_lost_and_its_fence_refuses_every_write) {
  make_table("fenced(x bigint)");
  LeaseOptions options;
  options.renewal = milliseconds(10);
  Lease first = lease("first", options), second = lease("second");
  ASSERT_TRUE(take(first));
  open_writer(first);
  ASSERT_TRUE(write(1));
  expire();
  ASSERT_TRUE(write(2)) << "nobody else has written";
  ASSERT_TRUE(take(second));
  std::vector<std::shared_ptr<std::optional<Reply<Written>>>> answers;
  for (std::int64_t i = 3; i <= 6; ++i) {
    std::vector<Statement> statements;
    statements.emplace_back("insert", "INSERT INTO fenced VALUES ($1)", i);
    answers.push_back(start(writer->write(WriteJob(std::move(statements)))));
  }
  run_until([&] { return answers.back()->has_value(); });
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer->has_value());
    ASSERT_FALSE(**answer);
    EXPECT_EQ((**answer).error().kind, FaultKind::fenced);
  }
  EXPECT_EQ(table("SELECT x FROM fenced ORDER BY x"), "1 2");
  int lost = 0;
  bool ended = false;
  net::co_spawn(io, first.keep([&] { ++lost; }), [&](std::exception_ptr) { ended = true; });
  run_until([&] { return ended; });
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(row(), "database second 2");
}

TEST_P(PostgresLease, is_renewed_and_not_taken_while_a_transaction_of_its_owner_is_open) {
  LeaseOptions options;
  options.renewal = milliseconds(10);
  Lease first = lease("first", options), second = lease("second");
  ASSERT_TRUE(take(first));
  const auto owner = connect();
  ASSERT_TRUE(query(*owner, "BEGIN"));
  const Statement fence = first.fence();
  ASSERT_TRUE(run(owner->query(fence)));
  const auto look = connect();
  const auto waiting = [&] { return column(*look, "SELECT count(*) FROM pg_locks WHERE NOT granted"); };

  expire();
  bool ended = false;
  net::co_spawn(io, first.keep([] {}), [&](std::exception_ptr) { ended = true; });
  run_until([&] { return table("SELECT count(*) FROM stores.leases WHERE expires_at > now()") == "1"; });
  first.stop();
  run_until([&] { return ended; });

  // Expired, but the owner's transaction has been checked: what it writes comes before the new owner reads.
  expire();
  const auto taken = start(second.take(steady_clock::now() + std::chrono::seconds(30)));
  run_until([&] { return waiting() == "1"; });
  EXPECT_FALSE(taken->has_value());
  EXPECT_EQ(row(), "database first 1");
  ASSERT_TRUE(query(*owner, "COMMIT"));
  run_until([&] { return taken->has_value(); });
  ASSERT_TRUE(**taken);
  EXPECT_EQ(second.epoch(), 2);
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresLease, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::postgres
