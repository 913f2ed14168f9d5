#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/base/random.hpp"
#include "platform/log/logger.hpp"
#include "platform/net/io_threads.hpp"
#include "platform/sqlite/readers.hpp"
#include "platform/sqlite/writer.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::sqlite {

/// A database in a temporary folder with its writer and a reader: what a store on SQLite stands on.
class StoreFixture {
 public:
  StoreFixture() {
    threads.start();
    open();
  }
  ~StoreFixture() {
    close();
    threads.stop();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  StoreFixture(const StoreFixture&) = delete;
  StoreFixture& operator=(const StoreFixture&) = delete;

  Executor executor() { return threads.executor(0); }
  void open() {
    auto database = Database::open(path);
    ASSERT_TRUE(database);
    ASSERT_TRUE(schema::migrate(*database));
    readers = std::move(*Readers::open(path, 1, log));
    writer.emplace(std::move(*database), Durability::batched, log);
  }
  void close() {
    writer.reset();
    readers.reset();
  }
  std::int64_t number(std::string_view sql) {
    auto database = Database::open_to_read(path);
    auto row = database->prepare(sql);
    return row.step() ? row.integer(0) : -1;
  }

  const std::string path = testing::TempDir() + "store_" + random_hex(6) + ".db";
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};
  std::unique_ptr<Readers> readers;
  std::optional<Writer> writer;
};

/// One store with its database, as the contract suites want it. `Interface` is what a suite knows of `Store`.
template <class Interface, class Store>
class StoreEngine {
 public:
  StoreEngine() { store_.emplace(*database_.writer, *database_.readers); }

  Executor executor() { return database_.executor(); }
  Interface& store() { return *store_; }
  /// As after a restart.
  void reopen() {
    store_.reset();
    database_.close();
    database_.open();
    store_.emplace(*database_.writer, *database_.readers);
  }

 protected:
  StoreFixture database_;

 private:
  std::optional<Store> store_;
};

}  // namespace papi::sqlite
