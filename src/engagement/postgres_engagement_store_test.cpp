// The contract suite of the engagement store, on PostgreSQL and through pgbouncer.

#include "engagement/postgres_engagement_store.hpp"

#include "engagement/engagement_store_contract.hpp"
#include "engagement/recent_ranking_contract.hpp"
#include "events/postgres_store_fixture.hpp"

namespace papi::engagement {
namespace {

template <bool pooled>
class PostgresEngagement : public events::PostgresStores<pooled> {
 public:
  PostgresEngagement() { store_.emplace(this->pool(), this->schema()); }
  EngagementStore& engagement() { return *store_; }
  void restart(bool keep_events = true) {
    store_.reset();
    events::PostgresStores<pooled>::restart(keep_events);
    store_.emplace(this->pool(), this->schema());
  }

 private:
  std::optional<PostgresEngagementStore> store_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, EngagementStoreContract, PostgresEngagement<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, RecentRankingContract, PostgresEngagement<false>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, EngagementStoreContract, PostgresEngagement<true>);
INSTANTIATE_TYPED_TEST_SUITE_P(PostgresPooled, RecentRankingContract, PostgresEngagement<true>);

}  // namespace papi::engagement
