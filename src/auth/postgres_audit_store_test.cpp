// The contract suite of the audit store, on PostgreSQL and through pgbouncer, and what only PostgreSQL has.

#include "auth/postgres_audit_store.hpp"

#include "auth/audit_store_contract.hpp"
#include "auth/postgres_account_transaction.hpp"
#include "platform/net/io_threads.hpp"
#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::auth {
namespace {

template <bool pooled>
class PostgresAudit {
 public:
  PostgresAudit() {
    threads_.start();
    open();
  }
  ~PostgresAudit() {
    if (refuses_) refuse(false);
    close();
    threads_.stop();
  }
  Executor executor() { return threads_.executor(0); }
  AuditStore& store() { return running_->store; }
  void reopen() {
    close();
    open();
  }
  void refuse(bool on) {
    const std::string change =
        on ? "ADD CONSTRAINT refused CHECK (endpoint <> 'refused')" : "DROP CONSTRAINT refused";
    test::PostgresServer::shared().as_superuser("ALTER TABLE stores.audit_log " + change);
    refuses_ = on;
  }

 private:
  struct Running {
    Running(Executor executor, const test::PostgresSchema& database, Logger& log)
        : pool(executor, database.target(), postgres::PoolOptions(), log, Random(1)),
          writer(executor, database.target(), database.writer_options(), log, Random(2)),
          store(writer, pool, database.schema()) {}
    postgres::Pool pool;
    postgres::Writer writer;
    PostgresAuditStore store;
  };
  void open() { running_.emplace(executor(), database_, log_); }
  void close() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    net::co_spawn(executor(), running_->writer.stop(deadline), net::use_future).get();
    net::co_spawn(executor(), running_->pool.stop(deadline), net::use_future).get();
    running_.reset();
  }

  test::PostgresSchema database_{pooled};
  SystemClock clock_;
  const LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  IoThreads threads_{1};
  std::optional<Running> running_;
  bool refuses_ = false;
};

/// The writer's connection goes through a proxy that can cut it; the pool's does not.
struct PostgresAuditRecords : postgres::ServerTest {
  test::PostgresSchema database{false};
  test::TcpProxy proxy{server.port()};
  postgres::Pool pool{executor(), database.target(), postgres::PoolOptions(), log, Random(1)};
  postgres::Writer writer{executor(), target_of(server.url_at(proxy.port())), database.writer_options(), log,
                          Random(2)};
  PostgresAuditStore store{writer, pool, database.schema()};

  ~PostgresAuditRecords() override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    run(writer.stop(deadline));
    run(pool.stop(deadline));
  }
  static AuditRecord record(std::string subject, UnixMs at = 1'000) {
    AuditRecord made;
    made.subject = std::move(subject);
    made.at = at;
    return made;
  }
  Task<Result<void>> append(std::vector<AuditRecord> records) {
    return store.append(executor(), std::move(records));
  }
  std::string subjects() { return table("SELECT subject FROM stores.audit_log ORDER BY id"); }
};

}  // namespace

using AuditDirect = PostgresAudit<false>;
using AuditPooled = PostgresAudit<true>;
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, AuditStoreContract, AuditDirect);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, AuditStoreContract, AuditPooled);

TEST_F(PostgresAuditRecords, are_stored_once_if_the_answer_is_lost) {
  std::vector<AuditRecord> two{record("a"), record("b")};
  ASSERT_TRUE(run(append(two)));
  proxy.cut_answer_after(0);  // committed
  std::vector<AuditRecord> next{record("c"), record("d")};
  const auto lost = run(append(next));
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(proxy.cuts(), 1);
  proxy.cut_next_request();  // never arrived
  std::vector<AuditRecord> last{record("e")};
  const auto again = run(append(last));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(proxy.cuts(), 2);
  EXPECT_EQ(subjects(), "a b c d e");
}

TEST_F(PostgresAuditRecords, are_all_erased_although_an_answer_is_lost) {
  std::vector<AuditRecord> three{record("a"), record("b"), record("c")};
  ASSERT_TRUE(run(append(three)));
  proxy.cut_answer_after(0);
  const auto step = run(store.erase_before(executor(), 1'001, 2));
  ASSERT_TRUE(step) << step.error().message;
  EXPECT_EQ(proxy.cuts(), 1);
  EXPECT_EQ(*step, 1u) << "of the second time, after which nothing older is left";
  EXPECT_EQ(subjects(), "");
}

TEST_F(PostgresAuditRecords, have_texts_that_postgresql_can_store) {
  AuditRecord odd = record(std::string("a\0b", 3));
  odd.username = "\xff";
  odd.client_ip = "\xff";
  odd.endpoint = std::string("/\0", 2);
  odd.reason = "\xc3";
  odd.correlation_id = std::string("\0", 1);
  std::vector<AuditRecord> one{odd};
  const auto done = run(append(one));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(
      table("SELECT concat_ws('|', subject, username, client_ip, endpoint, reason, correlation_id) FROM "
            "stores.audit_log"),
      "ab|\uFFFD|\uFFFD|/|\uFFFD|");
}

TEST_F(PostgresAuditRecords, of_an_account_transaction_have_the_same_form) {
  const auto connection = connect();
  PostgresAccountTransaction transaction(*connection, database.schema());
  AuditRecord made = record(std::string(300, 's'), 77);
  made.kind = AuditKind::user_change;
  made.success = true;
  made.username = std::string("a\0nn", 4);
  const auto recorded = run(transaction.record(made));
  ASSERT_TRUE(recorded) << recorded.error().message;
  EXPECT_EQ(table("SELECT concat_ws('|', at, kind, success, username, length(subject)) FROM "
                  "stores.audit_log"),
            "77|user_change|t|ann|200");
}

}  // namespace papi::auth
