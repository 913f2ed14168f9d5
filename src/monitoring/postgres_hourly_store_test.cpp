// The contract suite of the hourly figures, on PostgreSQL and through pgbouncer.

#include "monitoring/postgres_hourly_store.hpp"

#include "monitoring/hourly_store_contract.hpp"
#include "tests/postgres_store_fixture.hpp"

namespace papi::monitoring {
namespace {

template <bool pooled>
using PostgresHours = postgres::StoreEngine<HourlyStore, PostgresHourlyStore, pooled>;

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, HourlyStoreContract, PostgresHours<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, HourlyStoreContract, PostgresHours<true>);

}  // namespace
}  // namespace papi::monitoring
