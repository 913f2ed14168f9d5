#include "platform/postgres/pool.hpp"

#include "tests/postgres_fixture.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::postgres {
namespace {

TEST(PostgresBackoff, doubles_from_50_ms_to_1_s_with_jitter) {
  Random random(1);
  Backoff backoff;
  for (const int whole : {50, 100, 200, 400, 800, 1'000, 1'000}) {
    const auto pause = backoff.next(random).count();
    EXPECT_GE(pause, whole / 2);
    EXPECT_LE(pause, whole);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(random).count(), 50);
}

struct PostgresPool : ServerTest {
  std::optional<Pool> pool;

  ~PostgresPool() override {
    if (pool) run(pool->stop(std::chrono::steady_clock::now()));
  }
  Pool& open(PoolOptions options, const std::string& url) {
    pool.emplace(executor(), target_of(url), options, log, Random(7));
    return *pool;
  }
  Pool& open(std::size_t size, std::size_t overflow, milliseconds timeout = milliseconds(30'000)) {
    PoolOptions options;
    options.size = size;
    options.overflow = overflow;
    options.timeout = timeout;
    return open(options, server.url());
  }
  Pool::PooledConnection take(std::string caller = {}) {
    auto lease = run(pool->take(std::move(caller)));
    if (!lease) throw std::runtime_error(lease.error().what);
    return std::move(*lease);
  }
  std::string pid(Connection& connection) { return column(connection, "SELECT pg_backend_pid()"); }
  std::string counts() {
    const DatabaseState state = pool->state();
    return std::to_string(state.in_use) + " in use, " + std::to_string(state.idle) + " idle, " +
           std::to_string(state.waiting) + " waiting";
  }
};

using Leases = std::vector<Pool::PooledConnection>;

}  // namespace

TEST_F(PostgresPool, keeps_size_connections_and_closes_the_overflow) {
  open(2, 1);
  Leases leases;
  for (int i = 0; i < 3; ++i) leases.push_back(take());
  EXPECT_EQ(counts(), "3 in use, 0 idle, 0 waiting");
  leases.clear();
  EXPECT_EQ(counts(), "0 in use, 2 idle, 0 waiting");
  const std::string first = pid(*take());
  EXPECT_EQ(pid(*take()), first) << "used again";
  EXPECT_TRUE(pool->state().connected);
  EXPECT_EQ(pool->state().last_error, "");
}

TEST_F(PostgresPool, one_more_than_size_and_overflow_waits_until_one_comes_back) {
  open(1, 1);
  Leases leases;
  leases.push_back(take());
  leases.push_back(take());
  const std::string given = pid(*leases.front());
  const auto third = start(pool->take());
  EXPECT_EQ(counts(), "2 in use, 0 idle, 0 waiting");
  io.poll();
  EXPECT_EQ(counts(), "2 in use, 0 idle, 1 waiting");
  EXPECT_FALSE(third->has_value());
  leases.erase(leases.begin());
  run_until([&] { return third->has_value(); });
  ASSERT_TRUE(**third);
  EXPECT_EQ(pid(****third), given) << "handed over";
  EXPECT_EQ(counts(), "2 in use, 0 idle, 0 waiting");
}

TEST_F(PostgresPool, a_caller_waits_no_longer_than_the_timeout) {
  open(1, 0, milliseconds(50));
  const auto lease = take();
  const auto late = run(pool->take());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, FaultKind::busy);
  EXPECT_EQ(late.error().what,
            "no database connection came free in time; raise DB_POOL_SIZE or DB_POOL_TIMEOUT");
  EXPECT_EQ(counts(), "1 in use, 0 idle, 0 waiting") << "who gave up waits no more";
}

TEST_F(PostgresPool, the_waits_are_recorded_also_those_in_vain) {
  static constexpr std::array bounds = {std::chrono::microseconds(40'000)};
  metrics::Histogram waits(bounds);
  PoolOptions options;
  options.size = 1;
  options.overflow = 0;
  options.timeout = milliseconds(50);
  options.waits = &waits;
  open(options, server.url());
  take();  // opens the connection
  const std::uint64_t before = waits.counts().buckets[0];
  const auto lease = take();
  EXPECT_EQ(waits.counts().buckets[0], before + 1) << "it was there";
  const std::uint64_t late = waits.counts().buckets[1];
  EXPECT_FALSE(run(pool->take()));
  EXPECT_EQ(waits.counts().buckets[1], late + 1);
}

TEST_F(PostgresPool, the_queue_is_bounded) {
  PoolOptions options;
  options.size = 1;
  options.overflow = 0;
  options.max_waiting = 2;
  open(options, server.url());
  std::optional<Pool::PooledConnection> lease(take());
  const auto first = start(pool->take()), second = start(pool->take());
  io.poll();
  const auto third = run(pool->take());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, FaultKind::busy);
  EXPECT_EQ(third.error().what, "too many wait for a database connection");
  EXPECT_EQ(third.error().as_error().code, ErrorCode::unavailable);
  lease.reset();
  run_until([&] { return first->has_value(); });
  first->reset();
  run_until([&] { return second->has_value(); });
  EXPECT_TRUE(**second);
}

TEST_F(PostgresPool, callers_take_turns) {
  open(1, 0);
  std::string order;
  std::optional<Pool::PooledConnection> lease(take());
  std::vector<std::shared_ptr<std::optional<bool>>> done;
  const auto use = [&](std::string caller) -> Task<bool> {
    auto mine = co_await pool->take(caller);
    order += caller;
    co_return true;
  };
  for (const char* caller : {"a", "a", "a", "b", "c"}) done.push_back(start(use(caller)));
  io.poll();
  lease.reset();
  run_until(
      [&] { return std::all_of(done.begin(), done.end(), [](const auto& d) { return d->has_value(); }); });
  EXPECT_EQ(order, "abcaa");
}

TEST_F(PostgresPool, replaces_a_connection_that_is_too_old) {
  PoolOptions options;
  options.size = 1;
  options.overflow = 0;
  options.recycle = milliseconds(1);
  open(options, server.url());
  std::string first;
  {
    const auto lease = take();
    while (std::chrono::steady_clock::now() - lease->opened_at() < options.recycle) first = pid(*lease);
    first = pid(*lease);
  }
  EXPECT_NE(pid(*take()), first);
  run(pool->stop(std::chrono::steady_clock::now()));
  options.recycle = milliseconds(0);
  open(options, server.url());
  const std::string kept = pid(*take());
  EXPECT_EQ(pid(*take()), kept) << "0 means never";
}

TEST_F(PostgresPool, takes_back_only_a_connection_without_an_open_transaction) {
  open(1, 0);
  std::string first;
  {
    const auto lease = take();
    first = pid(*lease);
    ASSERT_TRUE(query(*lease, "BEGIN"));
  }
  EXPECT_EQ(counts(), "0 in use, 0 idle, 0 waiting");
  const auto lease = take();
  EXPECT_NE(pid(*lease), first);
  EXPECT_TRUE(lease->idle());
}

TEST_F(PostgresPool, a_connection_that_the_server_ended_is_not_handed_out) {
  open(1, 0);
  const std::string first = pid(*take());
  const auto other = connect();
  column(*other, "SELECT pg_terminate_backend(" + first + ", 10000)");
  EXPECT_NE(pid(*take()), first);
}

TEST_F(PostgresPool, says_why_the_server_is_not_there_and_finds_it_again) {
  PoolOptions options;
  options.size = 1;
  options.overflow = 0;
  options.away_timeout = milliseconds(1);
  const auto refused =
      run(open(options,
               "postgresql://papi:wrong-hunter2@127.0.0.1:" + std::to_string(server.port()) + "/papi_test")
              .take());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, FaultKind::configuration);
  const DatabaseState state = pool->state();
  EXPECT_FALSE(state.connected);
  EXPECT_TRUE(state.needs_operator);
  EXPECT_NE(state.last_error.find("correct user and password in DATABASE_URL"), std::string::npos);
  EXPECT_EQ(state.last_error.find("hunter2"), std::string::npos);
  run(pool->stop(std::chrono::steady_clock::now()));

  open(options, server.url());
  { const auto lease = take(); }
  server.kill();
  const auto away = run(pool->take());
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().kind, FaultKind::away);
  EXPECT_FALSE(pool->state().connected);
  EXPECT_FALSE(pool->state().needs_operator);
  server.start();
  run_until([&] { return run(pool->take()).has_value(); });
  EXPECT_TRUE(pool->state().connected);
  EXPECT_EQ(pool->state().last_error, "");
}

TEST_F(PostgresPool, one_connection_is_opened_at_a_time) {
  open(4, 0);
  std::vector<std::shared_ptr<std::optional<Reply<Pool::PooledConnection>>>> takes;
  for (int i = 0; i < 4; ++i) takes.push_back(start(pool->take()));
  run_until([&] { return takes[0]->has_value(); });
  EXPECT_EQ(pool->state().waiting, 3u) << "the first is served while the others wait";
  run_until([&] { return takes[3]->has_value(); });
}

TEST_F(PostgresPool, repeats_a_transaction_that_could_not_be_serialised) {
  make_table("serial(x bigint)");
  open(2, 0);
  TransactionOptions options;
  options.isolation = Isolation::serializable;
  int tries = 0;
  const std::function<Task<Reply<std::int64_t>>(Connection&)> work =
      [&](Connection& c) -> Task<Reply<std::int64_t>> {
    const Statement count("count", "SELECT count(*) FROM serial"),
        insert("insert", "INSERT INTO serial SELECT count(*) FROM serial");
    CO_TRY(const Rows rows, co_await c.query(count));
    if (++tries == 1) {
      // Somebody else does the same in between.
      const auto other = co_await pool->take();
      const Segment segment{Statement("begin", "BEGIN ISOLATION LEVEL SERIALIZABLE"), insert,
                            Statement("commit", "COMMIT")};
      CO_TRY(const std::vector<Rows> done, co_await (*other)->segment(segment));
    }
    CO_TRY(const Rows inserted, co_await c.query(insert));
    co_return rows[0].get<std::int64_t>(0);
  };
  const auto seen = run(pool->transact<std::int64_t>(options, work));
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(*seen, 1);
  EXPECT_EQ(table("SELECT x FROM serial ORDER BY x"), "0 1");
}

TEST_F(PostgresPool, may_be_used_from_another_thread) {
  open(2, 0);
  net::io_context mine(1);
  const auto ask = [&]() -> Task<std::thread::id> {
    const std::function<Task<Reply<std::int64_t>>(Connection&)> work =
        [](Connection& c) -> Task<Reply<std::int64_t>> {
      const Statement statement("answer", "SELECT 42::bigint");
      CO_TRY(const Rows rows, co_await c.query(statement));
      co_return rows[0].get<std::int64_t>(0);
    };
    const auto answer = co_await pool->run<std::int64_t>(work);
    EXPECT_EQ(answer ? *answer : 0, 42);
    co_return std::this_thread::get_id();
  };
  std::optional<std::thread::id> resumed_on;
  std::thread::id of_mine;
  std::thread other([&] {
    of_mine = std::this_thread::get_id();
    net::co_spawn(mine, ask(), [&](std::exception_ptr, std::thread::id id) { resumed_on = id; });
    mine.run();
    net::post(io, [] {});
  });
  std::atomic<bool> over = false;
  std::thread joiner([&] {
    other.join();
    over = true;
    net::post(io, [] {});
  });
  run_until([&] { return over.load(); });
  joiner.join();
  EXPECT_EQ(*resumed_on, of_mine);
}

TEST_F(PostgresPool, stop_ends_waiters_at_once_and_users_at_the_deadline) {
  open(1, 0);
  const std::function<Task<Reply<bool>>(Connection&)> slow = [](Connection& c) -> Task<Reply<bool>> {
    const Statement statement("slow", "SELECT pg_sleep(600)");
    CO_TRY(const Rows rows, co_await c.query(statement));
    co_return true;
  };
  const auto user = start(pool->run<bool>(slow));
  run_until([&] { return pool->state().in_use == 1; });
  const auto waiter = start(pool->take());
  io.poll();
  run(pool->stop(std::chrono::steady_clock::now() + milliseconds(50)));
  ASSERT_TRUE(waiter->has_value() && user->has_value());
  EXPECT_EQ((**waiter).error().what, "the service is stopping");
  EXPECT_EQ((**user).error().kind, FaultKind::away);
  EXPECT_EQ(run(pool->take()).error().what, "the service is stopping");
  pool.reset();
  // The server notices only at the end of a statement that its client is gone. Until then, its transaction
  // would keep the dead rows of other tests.
  const auto other = connect();
  column(*other,
         "SELECT pg_terminate_backend(pid, 10000)::text FROM pg_stat_activity "
         "WHERE query LIKE '%pg_sleep(600)' AND pid <> pg_backend_pid()");
}

}  // namespace papi::postgres
