#include "ops/sqlite_write_probe.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::ops {
namespace {

using namespace std::chrono_literals;

struct SqliteWriteProbeTest : testing::Test {
  std::string path = testing::TempDir() + "write_probe_" + random_hex(6) + ".db";
  SystemClock system;
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, system};
  IoThreads threads{1};
  std::optional<sqlite::Writer> writer;
  std::optional<WriteCheck> check;

  SqliteWriteProbeTest() {
    auto database = sqlite::Database::open(path, std::chrono::milliseconds(100));
    EXPECT_TRUE(schema::migrate(*database));
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    WriteCheck::Options options;
    options.max_wait = 10s;
    check.emplace(threads.executor(0), sqlite_write_probe(*writer), sqlite_write_faults(), clock, options);
    threads.start();
  }
  ~SqliteWriteProbeTest() override {
    writer->stop();
    threads.stop();
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path + end);
  }
  std::optional<std::string> fault() {
    return net::co_spawn(threads.executor(0), check->fault(), net::use_future).get();
  }
  UnixMs written_at() {
    auto database = sqlite::Database::open_to_read(path);
    auto row = database->prepare("SELECT written_at FROM write_check");
    return row.step() ? row.integer(0) : 0;
  }
};

TEST_F(SqliteWriteProbeTest, commits_a_row) {
  EXPECT_EQ(written_at(), 0);
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(written_at(), clock.now_ms());
  clock.advance(3'000ms);
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(written_at(), clock.now_ms());
}

TEST_F(SqliteWriteProbeTest, a_lock_of_another_program_is_a_fault_until_it_is_released) {
  auto other = sqlite::Database::open(path);
  other->execute("BEGIN IMMEDIATE");
  EXPECT_EQ(fault(),
            "the database does not take writes: the disk is full, the file is read-only, or another program "
            "holds a lock. The log says which");
  other->execute("ROLLBACK");
  clock.advance(3'000ms);
  EXPECT_EQ(fault(), std::nullopt);
  EXPECT_EQ(written_at(), clock.now_ms());
}

TEST_F(SqliteWriteProbeTest, a_job_that_hangs_makes_the_write_late) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  sqlite::Writer::Job slow = [released](sqlite::Database&) { released.wait(); };
  auto busy = net::co_spawn(threads.executor(0), writer->write(threads.executor(0), std::move(slow)),
                            net::use_future);
  WriteCheck::Options options;
  options.max_wait = 1ms;
  WriteCheck impatient(threads.executor(0), sqlite_write_probe(*writer), sqlite_write_faults(), clock,
                       options);
  const auto ask = [&] {
    return net::co_spawn(threads.executor(0), impatient.fault(), net::use_future).get();
  };
  EXPECT_EQ(ask(), std::nullopt);
  clock.advance(2'000ms);
  EXPECT_EQ(
      ask(),
      "a write to the database has not been committed for more than 2000 ms: the disk hangs, or another "
      "program holds a lock");
  release.set_value();
  EXPECT_TRUE(busy.get());
  std::optional<std::string> last = "not asked";
  for (int tries = 0; last && tries < 10'000; ++tries) {
    last = ask();
    clock.advance(1ms);
  }
  EXPECT_EQ(last, std::nullopt);
}

}  // namespace
}  // namespace papi::ops
