// The contract suites of the stores, on PostgreSQL and through pgbouncer.

#include "events/erasure_contract.hpp"
#include "events/event_store_contract.hpp"
#include "events/postgres_store_fixture.hpp"
#include "events/retention_contract.hpp"
#include "events/session_store_contract.hpp"

namespace papi::events {

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, EventStoreContract, PostgresStores<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, SessionStoreContract, PostgresStores<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, RetentionContract, PostgresStores<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, ErasureContract, PostgresStores<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, EventStoreContract, PostgresStores<true>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, SessionStoreContract, PostgresStores<true>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, RetentionContract, PostgresStores<true>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, ErasureContract, PostgresStores<true>);

}  // namespace papi::events
