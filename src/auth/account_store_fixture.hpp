#pragma once

// The base of the contract suites of AccountStore. A storage engine runs them with a class `Engine`:
//   AccountStore& store(std::size_t caller);     of an empty storage; callers with different numbers may use
//                                                it at the same time
//   std::vector<std::string> audit_subjects();   of all records in the audit trail, oldest first
//   void set_change_kinds(std::int64_t kind);    gives all stored changes this number as their kind

#include <gtest/gtest.h>

#include <barrier>
#include <boost/asio/use_future.hpp>
#include <future>

#include "auth/account_rules.hpp"
#include "auth/account_store.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::auth {

template <class Engine>
class AccountStoreFixture : public testing::Test {
 protected:
  static constexpr std::size_t callers = 8;
  static constexpr UnixMs noon = 1'700'000'000'000;

  AccountStoreFixture() : threads_(callers) { threads_.start(); }

  template <class Value>
  Result<Value> transact(AccountStore::Work<Value> work) {
    AccountStore& store = engine_.store(0);
    return run(store.template transact<Value>(executor(), std::move(work)));
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future).get();
  }
  Executor executor() { return threads_.executor(0); }
  AccountStore& store() { return engine_.store(0); }

  /// Runs work_of(0), work_of(1), … at the same time, each on a thread of its own.
  template <class Value>
  std::vector<Result<Value>> race(const std::function<AccountStore::Work<Value>(std::size_t)>& work_of,
                                  std::size_t count = callers) {
    std::barrier<> start(static_cast<std::ptrdiff_t>(count));
    std::vector<std::future<Result<Value>>> running;
    for (std::size_t i = 0; i < count; ++i) {
      running.push_back(
          net::co_spawn(threads_.executor(i), begin<Value>(start, i, work_of(i)), net::use_future));
    }
    std::vector<Result<Value>> results;
    for (auto& one : running) results.push_back(one.get());
    return results;
  }

  User add(const std::string& name, Role role = Role::user) {
    NewUser user;
    user.user = fresh_user(name, name + "@example.org", role, noon + next_++);
    user.password_hash = "hash of " + name;
    AccountStore::Work<bool> work = [user](AccountTransaction& accounts) { return accounts.add_user(user); };
    EXPECT_EQ(transact<bool>(work).value(), true) << name;
    return user.user;
  }
  ApiKey add_key(const User& owner) {
    const ApiKey key = fresh_key(owner, "k", owner.permissions, std::chrono::days(1), noon).key;
    AccountStore::Work<void> work = [key](AccountTransaction& accounts) { return accounts.add_key(key); };
    EXPECT_TRUE(transact<void>(work));
    return key;
  }
  Engine& engine() { return engine_; }

 private:
  template <class Value>
  Task<Result<Value>> begin(std::barrier<>& start, std::size_t caller, AccountStore::Work<Value> work) {
    const Executor executor = co_await net::this_coro::executor;
    start.arrive_and_wait();
    co_return co_await engine_.store(caller).template transact<Value>(executor, std::move(work));
  }

  IoThreads threads_;  // outlives the engine, whose threads still touch it after they have answered
  Engine engine_;
  UnixMs next_ = 0;
};

}  // namespace papi::auth
