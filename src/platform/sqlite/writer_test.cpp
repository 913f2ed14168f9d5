#include "platform/sqlite/writer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::sqlite {
namespace {

struct Fixture : testing::Test {
  std::string path = testing::TempDir() + "writer_" + random_hex(6) + ".db";
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};

  Fixture() { threads.start(); }
  ~Fixture() override { std::filesystem::remove(path); }
  Result<void> write(Writer& writer, Writer::Job job) {
    return net::co_spawn(threads.executor(0), writer.write(threads.executor(0), std::move(job)),
                         net::use_future)
        .get();
  }
};

std::int64_t count(const std::string& path) {
  auto database = Database::open(path);
  auto query = database->prepare("SELECT count(*) FROM t");
  query.step();
  return query.integer(0);
}

}  // namespace

using SqliteWriter = Fixture;

TEST_F(SqliteWriter, a_write_that_was_answered_is_on_disk) {
  Writer writer(std::move(*Database::open(path)), Durability::batched, log);
  ASSERT_TRUE(write(writer, [](Database& d) { d.execute("CREATE TABLE t(x UNIQUE)"); }));
  ASSERT_TRUE(write(writer, [](Database& d) { d.execute("INSERT INTO t VALUES(1)"); }));
  EXPECT_EQ(count(path), 1);
}

TEST_F(SqliteWriter, a_failing_job_fails_alone) {
  Writer writer(std::move(*Database::open(path)), Durability::batched, log);
  ASSERT_TRUE(write(writer, [](Database& d) { d.execute("CREATE TABLE t(x UNIQUE)"); }));
  std::vector<std::future<Result<void>>> results;
  for (int i : {1, 2, 2, 3}) {
    Writer::Job job = [i](Database& d) {
      d.execute(("INSERT INTO t VALUES(" + std::to_string(i) + ")").c_str());
    };
    results.push_back(net::co_spawn(threads.executor(0), writer.write(threads.executor(0), std::move(job)),
                                    net::use_future));
  }
  int failed = 0;
  for (auto& result : results) failed += result.get() ? 0 : 1;
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(count(path), 3);
}

TEST_F(SqliteWriter, refuses_a_database_of_a_newer_program) {
  auto database = Database::open(path);
  const char* const scripts[] = {"CREATE TABLE a(x)", "CREATE TABLE b(x)"};
  ASSERT_TRUE(database->migrate("t", scripts));
  ASSERT_TRUE(database->migrate("t", scripts)) << "nothing to do the second time";
  EXPECT_FALSE(database->migrate("t", std::span(scripts).first(1)));
}

}  // namespace papi::sqlite
