#include "ops/write_check.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::ops {
namespace {

using namespace std::chrono_literals;

struct WriteCheckTest : testing::Test {
  std::string path = testing::TempDir() + "write_check_" + random_hex(6) + ".db";
  SystemClock system;
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, system};
  IoThreads threads{1};
  std::optional<sqlite::Writer> writer;

  WriteCheckTest() {
    auto database = sqlite::Database::open(path, 100);
    EXPECT_TRUE(WriteCheck::prepare(*database));
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    threads.start();
  }
  ~WriteCheckTest() override {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  }
  std::optional<std::string> fault(WriteCheck& check) {
    return net::co_spawn(threads.executor(0), check.fault(), net::use_future).get();
  }
  UnixMs written_at() {
    auto database = sqlite::Database::open_to_read(path);
    auto row = database->prepare("SELECT written_at FROM write_check");
    return row.step() ? row.integer(0) : 0;
  }
};

TEST_F(WriteCheckTest, commits_a_row_when_asked_and_not_again_for_a_while) {
  WriteCheck check(threads.executor(0), *writer, clock, WriteCheck::Options());
  const UnixMs first = clock.now_ms();
  EXPECT_EQ(written_at(), 0) << "before anybody asks";
  EXPECT_EQ(fault(check), std::nullopt);
  EXPECT_EQ(written_at(), first);
  clock.advance(2'999ms);
  EXPECT_EQ(fault(check), std::nullopt);
  EXPECT_EQ(written_at(), first);
  clock.advance(1ms);
  EXPECT_EQ(fault(check), std::nullopt);
  EXPECT_EQ(written_at(), first + 3'000);
}

TEST_F(WriteCheckTest, says_that_writes_are_refused_until_they_work_again) {
  WriteCheck::Options options;
  options.patience = 10s;
  WriteCheck check(threads.executor(0), *writer, clock, options);
  auto other = sqlite::Database::open(path);
  other->execute("BEGIN IMMEDIATE");
  const auto refused = fault(check);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(refused->starts_with("the database does not take writes: ")) << *refused;
  other->execute("ROLLBACK");
  EXPECT_EQ(fault(check), refused) << "the outcome is kept";
  clock.advance(3'000ms);
  EXPECT_EQ(fault(check), std::nullopt);
}

TEST_F(WriteCheckTest, waits_no_longer_than_its_patience_and_calls_a_late_write_a_fault) {
  WriteCheck::Options options;
  options.patience = 1ms;
  WriteCheck check(threads.executor(0), *writer, clock, options);
  std::promise<void> release;
  const auto released = release.get_future().share();
  sqlite::Writer::Job slow = [released](sqlite::Database&) { released.wait(); };
  auto busy = net::co_spawn(threads.executor(0), writer->write(threads.executor(0), std::move(slow)),
                            net::use_future);
  EXPECT_EQ(fault(check), std::nullopt) << "nothing is wrong yet";
  clock.advance(1'999ms);
  EXPECT_EQ(fault(check), std::nullopt);
  clock.advance(1ms);
  const auto late = fault(check);
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->starts_with("a write to the database has not been committed for more than 2000 ms"))
      << *late;
  release.set_value();
  EXPECT_TRUE(busy.get());
  std::optional<std::string> last = "not asked";
  for (int tries = 0; last && tries < 10'000; ++tries) {
    last = fault(check);
    clock.advance(1ms);
  }
  EXPECT_EQ(last, std::nullopt);
}

}  // namespace
}  // namespace papi::ops
