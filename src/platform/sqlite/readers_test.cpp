#include "platform/sqlite/readers.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::sqlite {
namespace {

struct SqliteReaders : testing::Test {
  std::string path = testing::TempDir() + "readers_" + random_hex(6) + ".db";
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};
  Result<Database> writable = Database::open(path);
  std::unique_ptr<Readers> readers;

  SqliteReaders() {
    threads.start();
    readers = std::move(*Readers::open(path, 2, log));
  }
  ~SqliteReaders() override {
    readers.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  std::future<Result<int>> ask(std::function<int(Database&)> query, std::string caller) {
    return net::co_spawn(threads.executor(0),
                         readers->read<int>(threads.executor(0), std::move(query), std::move(caller)),
                         net::use_future);
  }
};

TEST_F(SqliteReaders, the_long_queries_of_one_caller_do_not_hold_up_another) {
  std::promise<void> released;
  const std::shared_future<void> release = released.get_future().share();
  std::vector<std::future<Result<int>>> busy;
  for (int i = 0; i < 50; ++i) {
    busy.push_back(ask(
        [release, i](Database&) {
          release.wait();
          return i;
        },
        "busy"));
  }
  // All queries of the busy caller wait, except one that runs on a thread. The other thread is free for the
  // other callers.
  for (const char* caller : {"quiet", "other", ""})
    EXPECT_EQ(*ask([](Database&) { return 7; }, caller).get(), 7) << caller;
  released.set_value();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(*busy[static_cast<std::size_t>(i)].get(), i);
}

TEST_F(SqliteReaders, what_one_caller_may_leave_waiting_is_bounded) {
  std::promise<void> released;
  const std::shared_future<void> release = released.get_future().share();
  std::promise<void> begun;
  std::vector<std::future<Result<int>>> answers;
  answers.push_back(ask(
      [&begun, release](Database&) {
        begun.set_value();
        release.wait();
        return 0;
      },
      "busy"));
  begun.get_future().wait();
  for (int i = 0; i < 501; ++i) answers.push_back(ask([](Database&) { return 1; }, "busy"));
  const auto refused = answers.back().get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(*ask([](Database&) { return 7; }, "quiet").get(), 7);
  released.set_value();
  for (std::size_t i = 1; i + 1 < answers.size(); ++i) EXPECT_EQ(*answers[i].get(), 1);
}

TEST_F(SqliteReaders, all_that_was_asked_is_answered_before_they_end) {
  std::vector<std::future<Result<int>>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(ask([i](Database&) { return i; }, i % 3 == 0 ? "" : "caller" + std::to_string(i % 3)));
  std::promise<void> asked;  // runs after all other queries of its thread
  net::post(threads.executor(0), [&asked] { asked.set_value(); });
  asked.get_future().wait();
  readers.reset();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(*answers[static_cast<std::size_t>(i)].get(), i);
}

}  // namespace
}  // namespace papi::sqlite
