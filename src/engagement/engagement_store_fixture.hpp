#pragma once

// The base of the contract suites of EngagementStore. They run over a type `Stores` as that of
// events/store_contract.hpp, which also has engagement(), a store over the same data.

#include "engagement/engagement_store.hpp"
#include "events/store_contract.hpp"

namespace papi::engagement {

inline constexpr UnixMs start = 1'700'000'000'000;  // the first millisecond of a span

inline events::Gift gift(std::int64_t count, std::int64_t each, bool end) {
  events::Gift given;
  given.gift_id = 5655;
  given.count = count;
  given.diamonds_each = each;
  given.streak_end = end;
  return given;
}

template <class Stores>
struct EngagementStoreFixture : events::StoreContract<Stores> {
  using events::StoreContract<Stores>::get;
  using events::StoreContract<Stores>::executor;

  EngagementStore& engagement() { return this->stores.engagement(); }

  events::Event by(std::uint64_t user_id, UnixMs time, events::EventBody body) {
    events::Event event = events::testing_log::event_of(++last_id, std::move(body), time);
    event.user->id = events::UserId(user_id);
    event.user->username = "user" + std::to_string(user_id);
    return event;
  }
  /// Appends the events with their totals.
  void store_events(events::SessionKey key, const std::vector<events::Event>& list) {
    events::StoredBatch batch;
    batch.session_key = key;
    for (const events::Event& event : list)
      batch.events.push_back(events::testing_log::numbered(++last_offsets[key], event));
    batch.totals = totals_of(batch.events);
    EXPECT_TRUE(this->append({batch}).stored);
  }

  Stats stats(events::SessionKey key, UnixMs now = start) {
    auto read = get(engagement().stats(executor(), key, now, ""));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : Stats();
  }
  /// Returns the ranking as `user:score`, separated by spaces.
  static std::string text_of(const Ranking& ranking) {
    std::string text;
    for (const Ranked& person : ranking)
      text += (text.empty() ? "" : " ") + std::to_string(person.user_id.value()) + ":" +
              std::to_string(person.score);
    return text;
  }
  Ranking ranking(events::SessionKey key, RankBy by, std::size_t limit = 100) {
    const RankingQuery query{key, by, limit, ""};
    auto read = get(engagement().ranking(executor(), query));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : Ranking();
  }
  RecentRanking recent(events::SessionKey key, RankBy by, UnixMs since, std::size_t limit = 100,
                       std::size_t max_events = 2'000'000) {
    RecentRankingQuery query;
    query.ranking = RankingQuery{key, by, limit, ""};
    query.since = since;
    query.max_events = max_events;
    auto read = get(engagement().recent_ranking(executor(), query));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : RecentRanking();
  }
  Timeline timeline(events::SessionKey key, std::chrono::milliseconds bucket_length, UnixMs since,
                    UnixMs until, std::size_t most) {
    const TimelineQuery query{key, bucket_length, since, until, most, ""};
    auto read = get(engagement().timeline(executor(), query));
    EXPECT_TRUE(read);
    return read ? std::move(*read) : Timeline();
  }

  std::map<events::SessionKey, std::uint64_t> last_offsets;
  std::uint64_t last_id = 0;
};

}  // namespace papi::engagement
