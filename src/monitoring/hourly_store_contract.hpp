#pragma once

// What every HourlyStore promises. An engine's test instantiates the suite with a type that has:
//   Executor executor();
//   HourlyStore& store();
//   void reopen();  // as after a restart: store() is a new object on the same data

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>

#include "monitoring/hourly_store.hpp"

namespace papi::monitoring {

template <class Engine>
class HourlyStoreContract : public ::testing::Test {
 protected:
  using Hours = std::vector<StoredHour>;

  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(engine.executor(), std::move(task), net::use_future).get();
  }
  void save(Hours hours) { ASSERT_TRUE(run(engine.store().save(engine.executor(), std::move(hours)))); }
  /// "begin=text" of each hour, separated by spaces.
  std::string load(UnixMs from, std::size_t limit = 100) {
    const auto hours = run(engine.store().load(engine.executor(), from, limit));
    EXPECT_TRUE(hours);
    std::string all;
    for (const StoredHour& hour : hours ? *hours : Hours())
      all += (all.empty() ? "" : " ") + std::to_string(hour.begin) + "=" + hour.text;
    return all;
  }
  std::size_t erase(UnixMs before, std::size_t limit) {
    return *run(engine.store().erase_before(engine.executor(), before, limit));
  }

  Engine engine;
};
TYPED_TEST_SUITE_P(HourlyStoreContract);

TYPED_TEST_P(HourlyStoreContract, keeps_hours_over_a_restart_oldest_first) {
  this->save({{1'790'000'000'000, R"({"a":"é"})"}, {3'600'000, "one"}});
  this->save({});
  this->engine.reopen();
  EXPECT_EQ(this->load(0), R"(3600000=one 1790000000000={"a":"é"})");
}

TYPED_TEST_P(HourlyStoreContract, an_hour_that_is_saved_again_replaces_the_first) {
  this->save({{3'600'000, "one"}, {7'200'000, "two"}});
  this->save({{3'600'000, "new"}});
  EXPECT_EQ(this->load(0), "3600000=new 7200000=two");
}

TYPED_TEST_P(HourlyStoreContract, reads_from_a_time_on_and_no_more_than_the_limit) {
  this->save({{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}});
  EXPECT_EQ(this->load(2), "2=b 3=c 4=d") << "the time itself is in it";
  EXPECT_EQ(this->load(2, 2), "2=b 3=c");
  EXPECT_EQ(this->load(5), "");
}

TYPED_TEST_P(HourlyStoreContract, deletes_what_is_older_in_steps) {
  this->save({{1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}});
  EXPECT_EQ(this->erase(4, 2), 2u);
  EXPECT_EQ(this->erase(4, 2), 1u);
  EXPECT_EQ(this->erase(4, 2), 0u);
  EXPECT_EQ(this->load(0), "4=d");
}

REGISTER_TYPED_TEST_SUITE_P(HourlyStoreContract, keeps_hours_over_a_restart_oldest_first,
                            an_hour_that_is_saved_again_replaces_the_first,
                            reads_from_a_time_on_and_no_more_than_the_limit, deletes_what_is_older_in_steps);

}  // namespace papi::monitoring
