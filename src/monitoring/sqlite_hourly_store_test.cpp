#include "monitoring/sqlite_hourly_store.hpp"

#include "monitoring/hourly_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::monitoring {
namespace {

class SqliteHours {
 public:
  SqliteHours() { store_.emplace(*database_.writer, *database_.readers); }

  Executor executor() { return database_.executor(); }
  HourlyStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    database_.close();
    database_.open();
    store_.emplace(*database_.writer, *database_.readers);
  }

 private:
  sqlite::StoreFixture database_;
  std::optional<SqliteHourlyStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, HourlyStoreContract, SqliteHours);

}  // namespace
}  // namespace papi::monitoring
