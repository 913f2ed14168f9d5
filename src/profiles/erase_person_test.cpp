#include "profiles/erase_person.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <map>

#include "platform/net/io_threads.hpp"

namespace papi::profiles {
namespace {

using Kinds = std::vector<PersonalData>;

/// The order of the service: live memory twice, and the profile, which has the nickname, behind the events.
const Kinds order = {PersonalData::live_memory, PersonalData::seen_people, PersonalData::events,
                     PersonalData::live_memory, PersonalData::profile,     PersonalData::database_files};
constexpr std::size_t never = 99;

/// Stores of one person, of which one step fails until it is repaired.
struct FailingStores {
  Task<Result<std::string>> nickname_of(std::string username) {
    const std::string nickname = held[PersonalData::profile] > 0 ? "Ann A." : "";
    EXPECT_EQ(username, "ann");
    if (nickname_fails) co_return Error(ErrorCode::database, "disk");
    co_return nickname;
  }
  Task<Result<std::size_t>> erase(std::size_t step, ErasureSubject subject) {
    const PersonalData kind = order[step];
    asked.push_back(kind);
    nicknames.push_back(subject.nickname);
    if (step == failing) co_return Error(ErrorCode::unavailable, "disk");
    // The events are found by the nickname too.
    if (kind == PersonalData::events && held[kind] > 0) {
      EXPECT_EQ(subject.nickname, "Ann A.");
    }
    co_return std::exchange(held[kind], 0);
  }

  std::map<PersonalData, std::size_t> held{{PersonalData::live_memory, 0},
                                           {PersonalData::seen_people, 2},
                                           {PersonalData::events, 7},
                                           {PersonalData::profile, 1},
                                           {PersonalData::database_files, 0}};
  std::size_t failing = never;
  bool nickname_fails = false;
  Kinds asked;
  std::vector<std::string> nicknames;
};

class ErasePersonTest : public ::testing::Test {
 protected:
  ErasePersonTest() {
    std::vector<ErasableStore> registered;
    for (std::size_t step = 0; step < order.size(); ++step) {
      registered.push_back({order[step], [this, step](Executor, ErasureSubject subject) {
                              return stores.erase(step, std::move(subject));
                            }});
    }
    erase_person.emplace(
        [this](Executor, std::string username) { return stores.nickname_of(std::move(username)); },
        std::move(registered));
    threads.start();
  }
  ~ErasePersonTest() override { threads.stop(); }

  Result<ErasureReport> erase() {
    const Executor executor = threads.executor(0);
    return net::co_spawn(executor, erase_person->erase(executor, *Username::parse("Ann")), net::use_future)
        .get();
  }

  IoThreads threads{1};
  FailingStores stores;
  std::optional<ErasePerson> erase_person;
};

TEST_F(ErasePersonTest, asks_every_store_in_order_and_reports_what_each_erased) {
  const auto report = erase();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(stores.asked, order);
  EXPECT_EQ(stores.nicknames, std::vector<std::string>(order.size(), "Ann A."));
  EXPECT_EQ(report->username, "ann");
  EXPECT_EQ(report->records, (std::array<std::size_t, 5>{0, 2, 7, 1, 0}));
  EXPECT_EQ(report->of(PersonalData::events), 7u);
}

TEST_F(ErasePersonTest, says_after_a_failure_of_each_step_what_is_erased_and_a_second_call_completes_it) {
  struct Row {
    const char *erased, *left;
    std::array<std::size_t, 5> second;  // what the second call reports
  };
  const Row rows[] = {
      {"nothing", "live memory, seen people, events and figures, profile, database files", {0, 2, 7, 1, 0}},
      {"nothing", "live memory, seen people, events and figures, profile, database files", {0, 2, 7, 1, 0}},
      {"seen people", "live memory, events and figures, profile, database files", {0, 0, 7, 1, 0}},
      {"seen people, events and figures", "live memory, profile, database files", {0, 0, 0, 1, 0}},
      {"live memory, seen people, events and figures", "profile, database files", {0, 0, 0, 1, 0}},
  };
  const auto before = stores.held;
  for (std::size_t step = 0; step < std::size(rows); ++step) {
    SCOPED_TRACE(step);
    stores.held = before;
    stores.asked.clear();
    stores.failing = step;
    const auto failed = erase();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
    EXPECT_EQ(failed.error().message,
              "The person is not erased completely: the step '" + std::string(to_string(order[step])) +
                  "' failed (disk). Erased: " + rows[step].erased + ". Not erased: " + rows[step].left +
                  ". Send the request again: it erases the rest, and 200 or 404 means that nothing is left");
    EXPECT_EQ(stores.asked.size(), step + 1) << "no later store is asked";
    // Nothing is called erased that is not.
    for (const auto& [kind, records] : stores.held) {
      if (std::string(rows[step].erased).find(to_string(kind)) == std::string::npos) continue;
      EXPECT_EQ(records, 0u) << to_string(kind);
    }
    stores.failing = never;
    stores.asked.clear();
    const auto second = erase();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(stores.asked, order);
    EXPECT_EQ(second->records, rows[step].second);
    for (const auto& [kind, records] : stores.held) EXPECT_EQ(records, 0u) << to_string(kind);
  }
}

TEST_F(ErasePersonTest, says_that_old_bytes_are_left_and_a_second_call_removes_them) {
  stores.failing = order.size() - 1;
  const auto failed = erase();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("Erased: live memory, seen people, events and figures, profile. Not "
                                        "erased: database files. Send the request again"),
            std::string::npos)
      << failed.error().message;
  stores.failing = never;
  stores.asked.clear();
  const auto second = erase();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::not_found) << "nothing is left, as the first answer said";
  EXPECT_EQ(stores.asked, order) << "the database files has been cleaned";
}

TEST_F(ErasePersonTest, erases_nothing_if_the_nickname_cannot_be_read) {
  stores.nickname_fails = true;
  const auto failed = erase();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::database);
  EXPECT_EQ(failed.error().message,
            "Nothing of the person is erased: the profile could not be read (disk). Send the request again");
  EXPECT_EQ(stores.asked, Kinds{});
}

TEST_F(ErasePersonTest, does_not_find_a_person_of_whom_nothing_is_known) {
  for (auto& [kind, records] : stores.held) records = 0;
  const auto nobody = erase();
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
  EXPECT_EQ(nobody.error().message, "Nothing is known of that person");
}

}  // namespace
}  // namespace papi::profiles
