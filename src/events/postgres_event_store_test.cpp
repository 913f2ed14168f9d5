// The contract suites of the stores, on PostgreSQL and through pgbouncer.

#include "events/event_store_contract.hpp"
#include "events/postgres_store_fixture.hpp"
#include "events/session_store_contract.hpp"

namespace papi::events {

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, EventStoreContract, PostgresStores<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, SessionStoreContract, PostgresStores<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, EventStoreContract, PostgresStores<true>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, SessionStoreContract, PostgresStores<true>);

}  // namespace papi::events
