#include "platform/sqlite/writer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <condition_variable>
#include <filesystem>
#include <future>

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

struct FilesTaken : Fixture {
  FilesTaken() {
    auto database = Database::open(path);
    database->execute("CREATE TABLE t(x UNIQUE)");
    FileWatch::Options options;
    options.changed = [this](bool in_place) {
      std::lock_guard lock(mutex);
      changes.push_back(in_place);
      changed.notify_all();
    };
    options.also = [this] { return owner.load(); };
    watch.emplace(path, log, options);
    writer.emplace(std::move(*database), Durability::batched, log, &*watch);
  }
  ~FilesTaken() override {
    writer.reset();
    for (const char* tail : {"-wal", "-shm", ".old", ".old-wal"}) std::filesystem::remove(path + tail);
  }
  Result<void> insert(int value) {
    return write(*writer, [value](Database& d) {
      d.execute(("INSERT INTO t VALUES(" + std::to_string(value) + ")").c_str());
    });
  }
  /// Waits until the watch's thread has reported this many changes.
  void noticed(std::vector<bool> expected) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(5), [&] { return changes == expected; }));
  }
  void move(const std::string& from, const std::string& to) {
    std::filesystem::rename(path + from, path + to);
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<bool> changes;
  std::atomic<bool> owner{true};
  std::optional<FileWatch> watch;
  std::optional<Writer> writer;
};

using SqliteWriterWithoutFiles = FilesTaken;

TEST_F(SqliteWriterWithoutFiles, commits_nothing_until_they_are_back) {
  ASSERT_TRUE(insert(1));
  for (const char* tail : {"", "-wal"}) {
    move(tail, std::string(".old") + tail);
    const auto refused = insert(2);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::database);
    EXPECT_NE(refused.error().message.find("taken away"), std::string::npos);
    std::filesystem::copy_file(path + ".old" + tail, path + tail);
    EXPECT_FALSE(insert(2)) << "a copy is another file";
    move(std::string(".old") + tail, tail);
    EXPECT_TRUE(insert(*tail == 0 ? 3 : 4));
  }
  writer.reset();
  EXPECT_EQ(count(path), 3);
  EXPECT_EQ(changes, (std::vector<bool>{false, true, false, true}));
}

TEST_F(SqliteWriterWithoutFiles, does_not_commit_what_was_begun_before_they_were_taken) {
  EXPECT_FALSE(write(*writer, [this](Database& d) {
    d.execute("INSERT INTO t VALUES(1)");
    move("", ".old");
  }));
  move(".old", "");
  writer.reset();
  EXPECT_EQ(count(path), 0);
}

TEST_F(SqliteWriterWithoutFiles, notices_by_itself_within_five_seconds) {
  move("", ".old");
  noticed({false});
  move(".old", "");
  noticed({false, true});
  owner = false;
  noticed({false, true, false});
  EXPECT_FALSE(insert(1)) << "another process owns the database";
}

TEST_F(SqliteWriterWithoutFiles, leaves_the_log_of_the_database_that_took_their_place) {
  ASSERT_TRUE(insert(1));
  move("", ".old");
  move("-wal", ".old-wal");
  std::filesystem::remove(path + "-shm");
  auto other = Database::open(path);
  other->execute("CREATE TABLE t(x)");
  other->execute("INSERT INTO t VALUES(7)");
  const auto size = std::filesystem::file_size(path + "-wal");
  ASSERT_GT(size, 0u);
  writer.reset();
  ASSERT_TRUE(std::filesystem::exists(path + "-wal"));
  EXPECT_EQ(std::filesystem::file_size(path + "-wal"), size);
}

TEST_F(SqliteWriter, the_log_is_cut_to_a_bound_after_a_long_reader) {
  auto database = Database::open(path);
  auto limit = database->prepare("PRAGMA journal_size_limit");
  ASSERT_TRUE(limit.step());
  EXPECT_EQ(limit.integer(0), 64 * 1024 * 1024);
}

}  // namespace papi::sqlite
