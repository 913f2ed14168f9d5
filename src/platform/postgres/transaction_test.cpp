#include "platform/postgres/transaction.hpp"

#include "tests/postgres_fixture.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::postgres {
namespace {

using Work = std::function<Task<Reply<std::string>>(Connection&)>;

/// Each test runs on the server itself and through pgbouncer in transaction mode.
struct PostgresTransaction : ServerTest, testing::WithParamInterface<bool> {
  std::optional<test::Pooler> pooler;
  std::string url;

  PostgresTransaction() {
    if (GetParam()) pooler.emplace(server);
    url = server.url_at(pooler ? pooler->port() : server.port());
  }
  Reply<std::string> transact(Connection& connection, const Work& work, TransactionOptions options = {}) {
    return run(in_transaction<std::string>(connection, options, work));
  }
};

Task<Reply<std::string>> ask(Connection& connection, std::string sql) {
  const Statement statement("ask", sql);
  CO_TRY(const Rows rows, co_await connection.query(statement));
  co_return rows.empty() ? std::string() : rows[0].get<std::string>(0);
}

}  // namespace

TEST_P(PostgresTransaction, commits_what_its_work_did_with_its_level_and_limits) {
  make_table("kept(x bigint)");
  const auto connection = connect(url);
  TransactionOptions options;
  options.statement_timeout = milliseconds(1'234);
  options.lock_timeout = milliseconds(567);
  const Work work = [](Connection& c) -> Task<Reply<std::string>> {
    CO_TRY(const std::string inserted, co_await ask(c, "INSERT INTO kept VALUES (1) RETURNING x::text"));
    co_return co_await ask(c,
                           "SELECT concat_ws(' ', current_setting('transaction_isolation'), "
                           "current_setting('statement_timeout'), current_setting('lock_timeout'))");
  };
  const auto settings = transact(*connection, work, options);
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(*settings, "read committed 1234ms 567ms");
  options.isolation = Isolation::serializable;
  EXPECT_EQ(transact(*connection, work, options)->substr(0, 12), "serializable");
  EXPECT_TRUE(connection->idle());
  EXPECT_EQ(table("SELECT x FROM kept"), "1 1");
  EXPECT_EQ(column(*connection, "SELECT current_setting('statement_timeout')"), "0") << "only inside";
}

TEST_P(PostgresTransaction, is_durable_where_the_server_would_not_wait_for_the_disk) {
  const Work work = [](Connection& c) { return ask(c, "SELECT current_setting('synchronous_commit')"); };
  for (const auto& [mode, inside] : {std::pair{"off", "on"}, {"remote_apply", "remote_apply"}}) {
    server.as_superuser("ALTER ROLE papi SET synchronous_commit = " + std::string(mode));
    const auto connection = connect(server.url());  // a pooler would keep its connections
    EXPECT_EQ(transact(*connection, work).value(), inside);
    EXPECT_EQ(column(*connection, "SELECT current_setting('synchronous_commit')"), mode) << "only inside";
  }
  server.as_superuser("ALTER ROLE papi RESET synchronous_commit");
}

TEST_P(PostgresTransaction, rolls_back_what_failed_and_leaves_the_connection_usable) {
  make_table("rolled(x bigint UNIQUE)");
  const auto connection = connect(url);
  struct Case {
    const char* sql;
    FaultKind kind;
    const char* state;
  };
  const Case cases[] = {
      {"INSERT INTO rolled VALUES (1) RETURNING x::text", FaultKind::conflict, "23505"},
      {"SELECT 1/0", FaultKind::refused, "22012"},
      {"SELECT x FROM no_such_table", FaultKind::refused, "42P01"},
      {"SELECT 1 AS not_text", FaultKind::refused, ""},
  };
  for (const Case& each : cases) {
    const Work work = [&](Connection& c) -> Task<Reply<std::string>> {
      CO_TRY(const std::string inserted, co_await ask(c, "INSERT INTO rolled VALUES (1) RETURNING x::text"));
      co_return co_await ask(c, each.sql);
    };
    const auto result = transact(*connection, work);
    ASSERT_FALSE(result) << each.sql;
    EXPECT_EQ(result.error().kind, each.kind) << result.error().what;
    EXPECT_EQ(result.error().sqlstate, each.state) << result.error().what;
    EXPECT_FALSE(result.error().outcome_unknown);
    EXPECT_TRUE(connection->idle()) << each.sql;
  }
  EXPECT_EQ(table("SELECT x FROM rolled"), "");
}

TEST_P(PostgresTransaction, a_fault_that_the_work_swallows_does_not_pass_as_committed) {
  make_table("swallowed(x bigint)");
  const auto connection = connect(url);
  const Work work = [](Connection& c) -> Task<Reply<std::string>> {
    CO_TRY(const std::string inserted, co_await ask(c, "INSERT INTO swallowed VALUES (1) RETURNING x::text"));
    const auto ignored = co_await ask(c, "SELECT 1/0");
    co_return std::string("fine");
  };
  const auto result = transact(*connection, work);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().what, "the transaction had failed and was rolled back");
  EXPECT_TRUE(connection->idle());
  EXPECT_EQ(table("SELECT x FROM swallowed"), "");
}

TEST_P(PostgresTransaction, statements_and_locks_end_at_their_limits) {
  make_table("locked(x bigint)");
  const auto connection = connect(url), holder = connect();
  TransactionOptions options;
  options.statement_timeout = milliseconds(100);
  const Work slow = [](Connection& c) -> Task<Reply<std::string>> {
    co_return co_await ask(c, "SELECT pg_sleep(600)::text");
  };
  const auto late = transact(*connection, slow, options);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, FaultKind::timeout);
  EXPECT_EQ(late.error().sqlstate, "57014");
  EXPECT_TRUE(connection->idle()) << "the connection outlives a statement_timeout";

  options.statement_timeout = milliseconds(60'000);
  options.lock_timeout = milliseconds(100);
  ASSERT_TRUE(query(*holder, "BEGIN"));
  ASSERT_TRUE(query(*holder, "LOCK TABLE locked"));
  const Work waits = [](Connection& c) -> Task<Reply<std::string>> {
    co_return co_await ask(c, "SELECT count(*)::text FROM locked");
  };
  const auto locked = transact(*connection, waits, options);
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().kind, FaultKind::timeout);
  EXPECT_EQ(locked.error().sqlstate, "55P03");
  EXPECT_TRUE(connection->idle());
}

TEST_P(PostgresTransaction, a_commit_whose_answer_is_lost_is_unknown) {
  make_table("unknown(x bigint)");
  const unsigned short port = pooler ? pooler->port() : server.port();
  test::TcpProxy proxy(port);
  const auto connection = connect(server.url_at(proxy.port()));
  const Work work = [&](Connection& c) -> Task<Reply<std::string>> {
    CO_TRY(std::string inserted, co_await ask(c, "INSERT INTO unknown VALUES (1) RETURNING x::text"));
    proxy.cut_answer_after(0);
    co_return inserted;
  };
  const auto result = transact(*connection, work);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, FaultKind::away);
  EXPECT_TRUE(result.error().outcome_unknown);
  EXPECT_FALSE(connection->open());
  EXPECT_EQ(table("SELECT x FROM unknown"), "1") << "here it had happened";
}

TEST_P(PostgresTransaction, an_exception_closes_the_connection) {
  make_table("thrown(x bigint)");
  const auto connection = connect(url);
  const Work work = [](Connection& c) -> Task<Reply<std::string>> {
    CO_TRY(const std::string inserted, co_await ask(c, "INSERT INTO thrown VALUES (1) RETURNING x::text"));
    throw std::logic_error("a bug");
  };
  EXPECT_THROW(transact(*connection, work), std::logic_error);
  EXPECT_FALSE(connection->open());
  EXPECT_EQ(table("SELECT x FROM thrown"), "");
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresTransaction, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::postgres
