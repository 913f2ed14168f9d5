// The contract suite of the installation's secrets, on PostgreSQL and through pgbouncer.

#include "events/postgres_installation_store.hpp"

#include "events/installation_store_contract.hpp"
#include "tests/postgres_store_fixture.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::events {
namespace {

/// A process with a thread of its own and a store on it.
class Process final : public InstallationStore {
 public:
  Process(const postgres::Target& target, const postgres::Schema& schema, std::chrono::milliseconds timeout)
      : writer_(threads_.executor(0), target, postgres::WriterOptions(), log_, Random(1)),
        store_(here_, writer_, schema, timeout) {
    threads_.start();
  }
  ~Process() override {
    const auto now = std::chrono::steady_clock::now();
    net::co_spawn(threads_.executor(0), writer_.stop(now), net::use_future).get();
    threads_.stop();
  }
  Result<Secret> secret(std::string_view name, std::size_t bytes) override {
    return store_.secret(name, bytes);
  }

 private:
  SystemClock clock_;
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  RunHere here_;
  IoThreads threads_{1};
  postgres::Writer writer_;
  PostgresInstallationStore store_;
};

template <bool pooled>
class PostgresInstallation {
 public:
  std::unique_ptr<InstallationStore> connect() {
    return std::make_unique<Process>(database_.target(), database_.schema(), std::chrono::seconds(60));
  }
  void damage(const std::string& name) {
    const auto sql =
        database_.schema().qualify("INSERT INTO {schema}.installation (name, value) VALUES ($1, $2)");
    database_.run(postgres::Statement("damage", sql, name, postgres::Bytes("x")));
  }

 private:
  postgres::StoreFixture database_{pooled};
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, InstallationStoreContract, PostgresInstallation<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, InstallationStoreContract, PostgresInstallation<true>);

TEST(PostgresInstallation, a_secret_is_waited_for_no_longer_than_the_timeout) {
  auto& server = test::PostgresServer::shared();
  unsigned short nobody = 0;
  {
    const test::TcpProxy proxy(server.port());
    nobody = proxy.port();
  }
  const auto target = postgres::Target::parse(server.url_at(nobody));
  const auto schema = postgres::Schema::parse("stores", "schema");
  Process process(*target, *schema, std::chrono::milliseconds(20));
  const auto refused = process.secret("one", 32);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(refused.error().message,
            "the database did not answer within 20 ms: see the log for the reason, then start again");
}

TEST(PostgresInstallation, a_secret_whose_answer_was_lost_is_the_stored_one) {
  test::PostgresSchema database(false);
  test::TcpProxy proxy(test::PostgresServer::shared().port());
  const auto behind_proxy = postgres::Target::parse(test::PostgresServer::shared().url_at(proxy.port()));
  Process unlucky(*behind_proxy, database.schema(), std::chrono::seconds(60));
  EXPECT_TRUE(unlucky.secret("another", 32)) << "connects";
  proxy.cut_answer_after(0);
  const auto found = unlucky.secret("one", 32);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_GE(proxy.cuts(), 1);
  Process next(database.target(), database.schema(), std::chrono::seconds(60));
  EXPECT_EQ(next.secret("one", 32)->reveal(), found->reveal());
}

}  // namespace papi::events
