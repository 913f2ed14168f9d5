// The contract suite of the hourly figures, on PostgreSQL and through pgbouncer.

#include "monitoring/postgres_hourly_store.hpp"

#include "monitoring/hourly_store_contract.hpp"
#include "tests/postgres_store_fixture.hpp"

namespace papi::monitoring {
namespace {

template <bool pooled>
class PostgresHours {
 public:
  PostgresHours() { open(); }

  Executor executor() { return database_.executor(); }
  HourlyStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    database_.reopen();
    open();
  }

 private:
  void open() { store_.emplace(database_.writer(), database_.pool(), database_.schema()); }

  postgres::StoreFixture database_{pooled};
  std::optional<PostgresHourlyStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, HourlyStoreContract, PostgresHours<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, HourlyStoreContract, PostgresHours<true>);

}  // namespace
}  // namespace papi::monitoring
