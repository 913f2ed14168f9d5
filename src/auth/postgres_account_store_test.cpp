// The contract suite of the account store, on PostgreSQL, through pgbouncer, and with serialisable
// transactions.

#include "auth/postgres_account_store.hpp"

#include "auth/account_race_contract.hpp"
#include "auth/account_store_contract.hpp"
#include "auth/stream_token_contract.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::auth {
namespace {

template <bool pooled, postgres::Isolation isolation>
class PostgresAccounts {
 public:
  PostgresAccounts() { threads_.start(); }
  ~PostgresAccounts() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    net::co_spawn(threads_.executor(0), pool_.stop(deadline), net::use_future).get();
    threads_.stop();
  }
  AccountStore& store(std::size_t) { return store_; }
  std::vector<std::string> audit_subjects() {
    const std::function<Task<postgres::Reply<postgres::Rows>>(postgres::Connection&)> work =
        [this](postgres::Connection& connection) -> Task<postgres::Reply<postgres::Rows>> {
      const postgres::Statement look(
          "subjects", database_.schema().qualify("SELECT subject FROM {schema}.audit_log ORDER BY id"));
      co_return co_await connection.query(look);
    };
    const auto rows =
        net::co_spawn(threads_.executor(0), pool_.run<postgres::Rows>(work), net::use_future).get();
    EXPECT_TRUE(rows);
    std::vector<std::string> subjects;
    for (std::size_t i = 0; rows && i < rows->size(); ++i)
      subjects.push_back((*rows)[i].template get<std::string>(0));
    return subjects;
  }
  void set_change_kinds(std::int64_t kind) {
    const std::function<Task<postgres::Reply<postgres::Rows>>(postgres::Connection&)> work =
        [this, kind](postgres::Connection& connection) -> Task<postgres::Reply<postgres::Rows>> {
      const postgres::Statement change(
          "set_kinds", database_.schema().qualify("UPDATE {schema}.auth_changes SET kind = $1"),
          static_cast<std::int16_t>(kind));
      co_return co_await connection.query(change);
    };
    EXPECT_TRUE(net::co_spawn(threads_.executor(0), pool_.run<postgres::Rows>(work), net::use_future).get());
  }

 private:
  test::PostgresSchema database_{pooled};
  SystemClock clock_;
  const LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  IoThreads threads_{1};
  postgres::Pool pool_{threads_.executor(0), database_.target(), postgres::PoolOptions(), log_, Random(1)};
  PostgresAccountStore store_{pool_, database_.schema(), std::nullopt, isolation};
};

using Direct = PostgresAccounts<false, postgres::Isolation::read_committed>;
using Pooled = PostgresAccounts<true, postgres::Isolation::read_committed>;
using Serialisable = PostgresAccounts<false, postgres::Isolation::serializable>;

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, AccountStoreContract, Direct);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, AccountRaceContract, Direct);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, AccountStoreContract, Pooled);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, AccountRaceContract, Pooled);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresSerialisable, AccountStoreContract, Serialisable);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresSerialisable, AccountRaceContract, Serialisable);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, StreamTokenContract, Direct);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, StreamTokenContract, Pooled);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresSerialisable, StreamTokenContract, Serialisable);

}  // namespace papi::auth
