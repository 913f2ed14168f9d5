#pragma once

// What every InstallationStore promises. An engine's test instantiates the suite with a type that has:
//   std::unique_ptr<InstallationStore> connect();  // as another process on the same data; any thread
//   void damage(const std::string& name);          // stores a secret of one byte under that name

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <set>
#include <vector>

#include "events/installation_store.hpp"

namespace papi::events {

template <class Engine>
class InstallationStoreContract : public ::testing::Test {
 protected:
  std::string secret(const std::string& name, std::size_t bytes = 32) {
    const auto found = engine.connect()->secret(name, bytes);
    return found ? found->reveal() : "failed: " + found.error().message;
  }
  Engine engine;
};
TYPED_TEST_SUITE_P(InstallationStoreContract);

TYPED_TEST_P(InstallationStoreContract, a_secret_is_made_once_and_stays) {
  const std::string first = this->secret("one");
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(this->secret("one"), first);
  EXPECT_NE(this->secret("two"), first);
  EXPECT_EQ(this->secret("long", 100).size(), 100u);
}

TYPED_TEST_P(InstallationStoreContract, processes_that_begin_at_once_get_the_same_secret) {
  std::vector<std::future<std::string>> starts;
  for (int i = 0; i < 8; ++i)
    starts.push_back(std::async(std::launch::async, [this] { return this->secret("one"); }));
  std::set<std::string> made;
  for (auto& start : starts) made.insert(start.get());
  EXPECT_EQ(made.size(), 1u);
  EXPECT_EQ(made.begin()->size(), 32u) << *made.begin();
}

TYPED_TEST_P(InstallationStoreContract, a_damaged_secret_is_refused_and_not_replaced) {
  this->engine.damage("one");
  for (int i = 0; i < 2; ++i) {
    const auto refused = this->engine.connect()->secret("one", 32);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::database);
    EXPECT_EQ(refused.error().message,
              "the secret 'one' of this installation is damaged: restore the database from a backup");
  }
}

REGISTER_TYPED_TEST_SUITE_P(InstallationStoreContract, a_secret_is_made_once_and_stays,
                            processes_that_begin_at_once_get_the_same_secret,
                            a_damaged_secret_is_refused_and_not_replaced);

}  // namespace papi::events
