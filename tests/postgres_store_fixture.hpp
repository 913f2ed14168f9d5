#pragma once

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <chrono>
#include <functional>
#include <optional>

#include "platform/base/clock.hpp"
#include "platform/log/logger.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/postgres/writer.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::postgres {

/// A schema of the tests' server with the program's tables, which are empty, a writer and a pool: what a
/// store on PostgreSQL stands on. If `pooled`, pgbouncer in transaction mode stands between. The callers have
/// a thread of their own.
class StoreFixture {
 public:
  explicit StoreFixture(bool pooled) : database_(pooled) { open(); }
  ~StoreFixture() { close(); }
  StoreFixture(const StoreFixture&) = delete;
  StoreFixture& operator=(const StoreFixture&) = delete;

  Executor executor() { return running_->threads.executor(1); }
  Writer& writer() { return running_->writer; }
  Pool& pool() { return running_->pool; }
  const Schema& schema() const { return database_.schema(); }
  const Target& target() const { return database_.target(); }

  /// As after a restart. The stores of before must be gone.
  void reopen() {
    close();
    open();
  }
  /// The first column of the only row. `{schema}` stands for the schema's name.
  std::int64_t number(std::string_view sql) {
    const auto rows = run(Statement("number", schema().qualify(sql)));
    return rows.size() == 1 ? rows[0].get<std::int64_t>(0) : -1;
  }
  Rows run(Statement statement) {
    Segment one;
    one.push_back(std::move(statement));
    auto asked = net::co_spawn(executor(), pool().ask(std::move(one)), net::use_future).get();
    EXPECT_TRUE(asked) << asked.error().what;
    return asked ? std::move(asked->front()) : Rows();
  }

 private:
  struct Running {
    Running(const test::PostgresSchema& database, Logger& log)
        : threads(2),
          pool(threads.executor(0), database.target(), PoolOptions(), log, Random(1)),
          writer(threads.executor(0), database.target(), database.writer_options(), log, Random(2)) {
      threads.start();
    }
    ~Running() {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      net::co_spawn(threads.executor(0), writer.stop(deadline), net::use_future).get();
      net::co_spawn(threads.executor(0), pool.stop(deadline), net::use_future).get();
      threads.stop();
    }

    IoThreads threads;
    Pool pool;
    Writer writer;
  };
  void open() { running_.emplace(database_, log_); }
  void close() { running_.reset(); }

  SystemClock clock_;
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  test::PostgresSchema database_;
  std::optional<Running> running_;
};

/// One store with its database, as the contract suites want it. `Interface` is what a suite knows of `Store`.
template <class Interface, class Store, bool pooled>
class StoreEngine {
 public:
  StoreEngine() { open(); }

  Executor executor() { return database_.executor(); }
  Interface& store() { return *store_; }
  /// As after a restart.
  void reopen() {
    store_.reset();
    database_.reopen();
    open();
  }

 protected:
  StoreFixture database_{pooled};

 private:
  void open() { store_.emplace(database_.writer(), database_.pool(), database_.schema()); }

  std::optional<Store> store_;
};

}  // namespace papi::postgres
