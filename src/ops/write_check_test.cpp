#include "ops/write_check.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>

#include "platform/base/promise.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::ops {
namespace {

using namespace std::chrono_literals;

struct WriteCheckTest : testing::Test {
  ManualClock clock;
  IoThreads threads{1};
  std::vector<UnixMs> written_at;
  std::optional<Error> refusal;                    // of the writes that begin from now on
  std::optional<Promise<Result<void>>> held_back;  // a write that begins from now on waits for it
  std::string late_reason = "nobody answers";

  WriteCheckTest() { threads.start(); }
  ~WriteCheckTest() override { threads.stop(); }

  Task<Result<void>> write(UnixMs now) {
    written_at.push_back(now);
    if (held_back) co_return co_await held_back->get();
    if (refusal) co_return *refusal;
    co_return Result<void>();
  }
  WriteProbe probe() {
    return [this](Executor, UnixMs now) { return write(now); };
  }
  WriteFaultReasons reasons() {
    WriteFaultReasons made;
    made.late = [this] { return late_reason; };
    made.failed = "it has no room";
    return made;
  }
  std::optional<std::string> fault(WriteCheck& check) {
    return net::co_spawn(threads.executor(0), check.fault(), net::use_future).get();
  }
};

TEST_F(WriteCheckTest, commits_a_row_when_asked_and_not_again_for_a_while) {
  WriteCheck check(threads.executor(0), probe(), reasons(), clock, WriteCheck::Options());
  const UnixMs first = clock.now_ms();
  EXPECT_TRUE(written_at.empty()) << "before anybody asks";
  EXPECT_EQ(fault(check), std::nullopt);
  clock.advance(2'999ms);
  EXPECT_EQ(fault(check), std::nullopt);
  EXPECT_EQ(written_at, (std::vector<UnixMs>{first}));
  clock.advance(1ms);
  EXPECT_EQ(fault(check), std::nullopt);
  EXPECT_EQ(written_at, (std::vector<UnixMs>{first, first + 3'000}));
}

TEST_F(WriteCheckTest, says_that_writes_are_refused_until_they_work_again) {
  const struct {
    ErrorCode code;
    std::string reason;
  } rows[] = {{ErrorCode::database, "the database does not take writes: it has no room. The log says which"},
              {ErrorCode::conflict, "the database does not take writes: it has no room. The log says which"},
              {ErrorCode::unavailable,
               "the database is slower than what is to be written: too many writes are waiting"}};
  WriteCheck::Options options;
  options.max_wait = 10s;
  for (const auto& row : rows) {
    WriteCheck check(threads.executor(0), probe(), reasons(), clock, options);
    refusal = Error(row.code, "db.example: secret");
    EXPECT_EQ(fault(check), row.reason);
    refusal.reset();
    EXPECT_EQ(fault(check), row.reason) << "the outcome is kept";
    clock.advance(3'000ms);
    EXPECT_EQ(fault(check), std::nullopt);
  }
}

TEST_F(WriteCheckTest, waits_no_longer_than_its_time_limit_and_calls_a_late_write_a_fault) {
  WriteCheck::Options options;
  options.max_wait = 1ms;
  WriteCheck check(threads.executor(0), probe(), reasons(), clock, options);
  const Promise<Result<void>> release(threads.executor(0));
  held_back = release;
  EXPECT_EQ(fault(check), std::nullopt) << "nothing is wrong yet";
  clock.advance(1'999ms);
  EXPECT_EQ(fault(check), std::nullopt);
  clock.advance(1ms);
  EXPECT_EQ(fault(check),
            "a write to the database has not been committed for more than 2000 ms: nobody answers");
  late_reason = "it is locked";
  EXPECT_EQ(fault(check),
            "a write to the database has not been committed for more than 2000 ms: it is locked")
      << "as it is now";
  EXPECT_EQ(written_at.size(), 1u) << "one write at a time";
  held_back.reset();
  release.set(Result<void>());
  static_cast<void>(fault(check));  // the outcome stands before or behind it in the thread's queue
  EXPECT_EQ(fault(check), std::nullopt);
  EXPECT_EQ(written_at.size(), 1u);
}

TEST_F(WriteCheckTest, answers_as_soon_as_the_write_is_committed) {
  WriteCheck::Options options;
  options.max_wait = 1h;
  WriteCheck check(threads.executor(0), probe(), reasons(), clock, options);
  const Promise<Result<void>> release(threads.executor(0));
  held_back = release;
  auto first = net::co_spawn(threads.executor(0), check.fault(), net::use_future);
  auto second = net::co_spawn(threads.executor(0), check.fault(), net::use_future);
  release.set(Result<void>());
  EXPECT_EQ(first.get(), std::nullopt);
  EXPECT_EQ(second.get(), std::nullopt);
  EXPECT_EQ(written_at.size(), 1u);
}

}  // namespace
}  // namespace papi::ops
