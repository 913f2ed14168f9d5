#include "profiles/sqlite_seen_people_store.hpp"

#include "profiles/seen_people_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::profiles {
namespace {

class SqlitePeople {
 public:
  SqlitePeople() { store_.emplace(*database_.writer, *database_.readers); }

  Executor executor() { return database_.executor(); }
  SeenPeopleStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    database_.close();
    database_.open();
    store_.emplace(*database_.writer, *database_.readers);
  }

 private:
  sqlite::StoreFixture database_;
  std::optional<SqliteSeenPeopleStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, SeenPeopleStoreContract, SqlitePeople);

}  // namespace
}  // namespace papi::profiles
