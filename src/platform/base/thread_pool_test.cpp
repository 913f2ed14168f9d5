#include "platform/base/thread_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

namespace papi {
namespace {

/// A pool of one thread, which is busy until release().
struct ThreadPoolTest : testing::Test {
  ThreadPoolTest() {
    auto busy = std::make_shared<std::promise<void>>();
    auto running = busy->get_future();
    first = give("", [this, busy] {
      busy->set_value();
      released.wait();
    });
    running.wait();
  }
  ~ThreadPoolTest() override {
    context.stop();
    thread.join();
  }

  std::future<Result<int>> give(const std::string& caller, std::function<void()> what) {
    std::function<int()> work = [what = std::move(what)] {
      what();
      return 1;
    };
    return net::co_spawn(context.get_executor(),
                         pool.run<int>(context.get_executor(), std::move(work), caller), net::use_future);
  }
  /// Queues a job that adds `name` to `order` when it runs.
  std::future<Result<int>> note(const std::string& caller, const std::string& name) {
    return give(caller, [this, name] { order += name + " "; });
  }
  /// Lets the thread go on. Call it after all jobs were queued.
  void release() {
    net::post(context.get_executor(), net::use_future).get();
    release_promise.set_value();
    first.get();
  }

  net::io_context context;
  net::executor_work_guard<Executor> guard{context.get_executor()};
  std::thread thread{[this] { context.run(); }};
  std::promise<void> release_promise;
  std::shared_future<void> released = release_promise.get_future().share();
  std::string order;  // written by the pool's one thread
  ThreadPool pool{1, 6};
  std::future<Result<int>> first;
};

TEST_F(ThreadPoolTest, callers_take_turns) {
  std::vector<std::future<Result<int>>> all;
  for (const char* name : {"a1", "a2", "a3"}) all.push_back(note("a", name));
  all.push_back(note("b", "b1"));
  all.push_back(note("c", "c1"));
  release();
  for (auto& one : all) EXPECT_EQ(*one.get(), 1);
  EXPECT_EQ(order, "a1 b1 c1 a2 a3 ");
}

TEST_F(ThreadPoolTest, so_much_may_wait_and_half_as_much_of_one_caller) {
  std::vector<std::future<Result<int>>> all;
  for (const char* name : {"a1", "a2", "a3"}) all.push_back(note("a", name));
  EXPECT_EQ(note("a", "a4").get().error().code, ErrorCode::unavailable);
  for (const char* name : {"b1", "b2", "b3"}) all.push_back(note("b", name));
  EXPECT_EQ(note("c", "c1").get().error().code, ErrorCode::unavailable);
  release();
  for (auto& one : all) EXPECT_EQ(*one.get(), 1);
  EXPECT_EQ(order, "a1 b1 a2 b2 a3 b3 ");
}

TEST_F(ThreadPoolTest, work_that_throws_is_an_internal_error) {
  auto thrown = give("a", [] { throw std::runtime_error("no memory"); });
  release();
  EXPECT_EQ(thrown.get().error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace papi
