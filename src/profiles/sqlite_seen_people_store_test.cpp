#include "profiles/sqlite_seen_people_store.hpp"

#include "profiles/seen_people_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::profiles {
namespace {

using SqlitePeople = sqlite::StoreEngine<SeenPeopleStore, SqliteSeenPeopleStore>;

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SeenPeopleStoreContract, SqlitePeople);

}  // namespace
}  // namespace papi::profiles
