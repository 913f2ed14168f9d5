#include "platform/base/run_here.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "platform/base/error.hpp"
#include "platform/base/promise.hpp"

namespace papi {
namespace {

TEST(RunHere, runs_a_coroutine_to_its_end_on_this_thread) {
  const auto me = std::this_thread::get_id();
  const RunHere::Make<bool> make = [me](Executor) -> Task<bool> {
    co_return std::this_thread::get_id() == me;
  };
  RunHere here;
  EXPECT_TRUE(here.blocking<bool>(make));
  EXPECT_TRUE(here.blocking<bool>(make)) << "again";
  EXPECT_TRUE(RunHere::without_waiting<bool>(make));
}

TEST(RunHere, blocking_waits_for_what_another_thread_delivers) {
  RunHere here;
  std::thread other;
  const RunHere::Make<int> make = [&other](Executor executor) -> Task<int> {
    Promise<int> promise(executor);
    other = std::thread([promise] { promise.set(7); });
    co_return co_await promise.get();
  };
  EXPECT_EQ(here.blocking<int>(make), 7);
  other.join();
}

TEST(RunHere, a_coroutine_that_must_not_wait_is_refused_if_it_does) {
  const RunHere::Make<int> make = [](Executor executor) -> Task<int> {
    co_await Notifier(executor).wait();
    co_return 1;
  };
  EXPECT_THROW(RunHere::without_waiting<int>(make), std::logic_error);
}

TEST(RunHere, an_exception_of_the_coroutine_is_thrown_to_the_caller) {
  struct Fault {};
  const RunHere::Make<int> make = [](Executor) -> Task<int> {
    throw Fault();
    co_return 1;
  };
  RunHere here;
  EXPECT_THROW(here.blocking<int>(make), Fault);
  EXPECT_THROW(RunHere::without_waiting<int>(make), Fault);
}

}  // namespace
}  // namespace papi
