#include "monitoring/sqlite_hourly_store.hpp"

#include "monitoring/hourly_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::monitoring {
namespace {

using SqliteHours = sqlite::StoreEngine<HourlyStore, SqliteHourlyStore>;

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, HourlyStoreContract, SqliteHours);

}  // namespace
}  // namespace papi::monitoring
