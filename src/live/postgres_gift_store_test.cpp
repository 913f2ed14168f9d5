// The contract suite of the gift store, on PostgreSQL and through pgbouncer.

#include "live/postgres_gift_store.hpp"

#include "live/gift_store_contract.hpp"
#include "tests/postgres_store_fixture.hpp"

namespace papi::live {
namespace {

template <bool pooled>
class PostgresGifts {
 public:
  PostgresGifts() { open(); }

  Executor executor() { return database_.executor(); }
  GiftStore& gifts() { return *store_; }
  void restart() {
    store_.reset();
    database_.reopen();
    open();
  }

 private:
  void open() { store_.emplace(database_.writer(), database_.schema()); }

  postgres::StoreFixture database_{pooled};
  std::optional<PostgresGiftStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, GiftStoreContract, PostgresGifts<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, GiftStoreContract, PostgresGifts<true>);

}  // namespace
}  // namespace papi::live
