#pragma once

// The stores on SQLite, for the contract suites.

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "events/sqlite_event_store.hpp"
#include "events/sqlite_share_store.hpp"
#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::events {

/// A database file with its threads and stores.
class SqliteStores {
 public:
  SqliteStores() { restart(); }
  ~SqliteStores() {
    running_.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + tail);
  }

  EventStore& events() { return running_->events; }
  ShareStore& shares() { return running_->shares; }
  Executor executor() { return running_->threads.executor(0); }
  /// Closes the stores and opens them again with what is stored.
  void restart(bool keep_events = true) {
    running_.reset();
    auto database = sqlite::Database::open(path_);
    EXPECT_TRUE(SqliteEventStore::prepare(*database));
    running_.emplace(std::move(*database), path_, keep_events, log_);
  }

  sqlite::Readers& readers() { return *running_->readers; }
  const std::string& path() const { return path_; }

 private:
  struct Running {
    Running(sqlite::Database database, const std::string& path, bool keep_events, Logger& log)
        : threads(1),
          writer(std::move(database), sqlite::Durability::batched, log),
          readers(std::move(*sqlite::Readers::open(path, 1, log))),
          events(writer, *readers, keep_events),
          shares(writer) {
      threads.start();
    }
    ~Running() { threads.stop(); }

    IoThreads threads;
    sqlite::Writer writer;
    std::unique_ptr<sqlite::Readers> readers;
    SqliteEventStore events;
    SqliteShareStore shares;
  };

  const std::string path_ = testing::TempDir() + "stores_" + random_hex(6) + ".db";
  SystemClock clock_;
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  std::optional<Running> running_;
};

}  // namespace papi::events
