#pragma once

// What every SeenPeopleStore promises. An engine's test instantiates the suite with a type that has:
//   Executor executor();
//   SeenPeopleStore& store();
//   void reopen();  // as after a restart: store() is a new object on the same data

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>

#include "profiles/seen_people_store.hpp"

namespace papi::profiles {

template <class Engine>
class SeenPeopleStoreContract : public ::testing::Test {
 protected:
  using Ids = std::vector<events::UserId>;

  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(engine.executor(), std::move(task), net::use_future).get();
  }
  void save(std::vector<SeenPerson> people) {
    ASSERT_TRUE(run(engine.store().save(engine.executor(), std::move(people))));
  }
  /// "username|nickname|seen_at", or "nobody".
  std::string find(events::UserId user_id) {
    const auto found = run(engine.store().find(engine.executor(), user_id));
    EXPECT_TRUE(found);
    if (!found || !*found) return "nobody";
    EXPECT_EQ((*found)->user_id, user_id);
    return (*found)->username + "|" + (*found)->nickname + "|" + std::to_string((*found)->seen_at);
  }
  Ids ids_of(const std::string& username) { return *run(engine.store().ids_of(engine.executor(), username)); }
  void erase(Ids ids) { ASSERT_TRUE(run(engine.store().erase(engine.executor(), std::move(ids)))); }
  std::size_t erase_unseen(UnixMs before, std::size_t limit) {
    return *run(engine.store().erase_unseen(engine.executor(), before, limit));
  }

  Engine engine;
};
TYPED_TEST_SUITE_P(SeenPeopleStoreContract);

constexpr events::UserId id_beyond_signed(18'000'000'000'000'000'001u);

TYPED_TEST_P(SeenPeopleStoreContract, keeps_names_of_ids_of_64_bits_over_a_restart) {
  this->save({{id_beyond_signed, "ann.1", "Ann 🎤 'q'", 1'790'000'000'001}, {events::UserId(7), "", "", 0}});
  this->engine.reopen();
  EXPECT_EQ(this->find(id_beyond_signed), "ann.1|Ann 🎤 'q'|1790000000001");
  EXPECT_EQ(this->find(events::UserId(7)), "||0");
  EXPECT_EQ(this->find(events::UserId(8)), "nobody");
}

TYPED_TEST_P(SeenPeopleStoreContract, an_empty_name_leaves_the_stored_one) {
  this->save({{events::UserId(7), "ann", "Ann", 1}});
  this->save({{events::UserId(7), "", "Ann II", 2}});
  EXPECT_EQ(this->find(events::UserId(7)), "ann|Ann II|2");
  this->save({{events::UserId(7), "anna", "", 3}});
  EXPECT_EQ(this->find(events::UserId(7)), "anna|Ann II|3");
  this->save({{events::UserId(7), "", "", 4}});
  EXPECT_EQ(this->find(events::UserId(7)), "anna|Ann II|4");
}

TYPED_TEST_P(SeenPeopleStoreContract, ids_of_a_name_are_found_also_in_saves_that_have_not_ended) {
  this->save({{events::UserId(9), "ann", "", 1},
              {id_beyond_signed, "ann", "", 1},
              {events::UserId(8), "bob", "", 1}});
  EXPECT_EQ(this->ids_of("ann"), (std::vector<events::UserId>{events::UserId(9), id_beyond_signed}));
  EXPECT_EQ(this->ids_of("an"), std::vector<events::UserId>{});
  std::vector<std::future<Result<void>>> saves;
  for (std::uint64_t id = 100; id < 120; ++id) {
    std::vector<SeenPerson> people{{events::UserId(id), "carl", "", 1}};
    Task<Result<void>> save = this->engine.store().save(this->engine.executor(), std::move(people));
    saves.push_back(net::co_spawn(this->engine.executor(), std::move(save), net::use_future));
  }
  EXPECT_EQ(this->ids_of("carl").size(), 20u);
  for (auto& save : saves) EXPECT_TRUE(save.get());
}

TYPED_TEST_P(SeenPeopleStoreContract, erased_people_are_gone_and_no_others) {
  this->save({{id_beyond_signed, "ann", "", 1}, {events::UserId(8), "bob", "", 1}});
  this->erase({id_beyond_signed, events::UserId(99)});
  EXPECT_EQ(this->find(id_beyond_signed), "nobody");
  EXPECT_EQ(this->find(events::UserId(8)), "bob||1");
  this->erase({});
  EXPECT_EQ(this->find(events::UserId(8)), "bob||1");
}

TYPED_TEST_P(SeenPeopleStoreContract, people_not_seen_since_are_erased_in_bounded_steps) {
  this->save({{events::UserId(1), "a", "", 10},
              {events::UserId(2), "b", "", 10},
              {events::UserId(3), "c", "", 10},
              {events::UserId(4), "d", "", 11}});
  EXPECT_EQ(this->erase_unseen(10, 2), 0u);
  EXPECT_EQ(this->erase_unseen(11, 2), 2u);
  EXPECT_EQ(this->erase_unseen(11, 2), 1u);
  EXPECT_EQ(this->erase_unseen(11, 2), 0u);
  EXPECT_EQ(this->find(events::UserId(4)), "d||11");
}

TYPED_TEST_P(SeenPeopleStoreContract, people_without_a_username_are_not_found_by_one) {
  using UserIds = std::vector<events::UserId>;
  this->save({{events::UserId(7), "", "Ann", 1}});
  for (const std::string& name : {std::string(), std::string("\0", 1), std::string("\xff")}) {
    EXPECT_EQ(this->ids_of(name), UserIds{}) << "as an erasure would erase all of them";
  }
}

TYPED_TEST_P(SeenPeopleStoreContract, names_that_an_engine_cannot_hold_as_they_are_are_stored_all_the_same) {
  using UserIds = std::vector<events::UserId>;
  const std::string odd("a\0b\xff", 4), shout(5'000, 'x');
  std::string varied;  // which does not compress
  for (unsigned i = 1; varied.size() < 20'000; i = i * 1'103'515'245u + 12'345u)
    varied += static_cast<char>('a' + (i >> 16) % 26);
  this->save({{events::UserId(1), odd, odd, 1},
              {events::UserId(2), shout, "", 1},
              {events::UserId(3), varied, varied, 1},
              {events::UserId(4), "dora", "Dora", 1}});
  EXPECT_NE(this->find(events::UserId(1)), "nobody");
  EXPECT_EQ(this->ids_of(shout), UserIds{events::UserId(2)});
  EXPECT_EQ(this->ids_of(varied), UserIds{events::UserId(3)});
  EXPECT_EQ(this->find(events::UserId(4)), "dora|Dora|1");
}

REGISTER_TYPED_TEST_SUITE_P(SeenPeopleStoreContract, keeps_names_of_ids_of_64_bits_over_a_restart,
                            an_empty_name_leaves_the_stored_one,
                            ids_of_a_name_are_found_also_in_saves_that_have_not_ended,
                            erased_people_are_gone_and_no_others,
                            people_not_seen_since_are_erased_in_bounded_steps,
                            people_without_a_username_are_not_found_by_one,
                            names_that_an_engine_cannot_hold_as_they_are_are_stored_all_the_same);

}  // namespace papi::profiles
