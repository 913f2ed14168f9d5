#pragma once

// Shared by the tests of the event log and its readers.

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "events/event_fixture.hpp"
#include "events/event_log.hpp"
#include "events/faulty_event_store.hpp"
#include "events/sqlite_event_store.hpp"
#include "platform/base/random.hpp"

namespace papi::events::testing_log {

inline bool append(Executor executor, const std::vector<std::shared_ptr<EventLog>>& logs,
                   const PreparedEvents& events, UpstreamPosition position = {}) {
  std::vector<LogAppend> appends;
  for (const auto& log : logs) appends.push_back({log, events, {}});
  auto result = net::co_spawn(executor, append_to_all(executor, std::move(appends), std::move(position)),
                              net::use_future)
                    .get();
  return result.has_value();
}

/// A store with its threads, as in the program. The threads stop before anything that they use is destroyed.
struct Running {
  Running(sqlite::Database database, const std::string& path, Logger& log, std::size_t count = 1)
      : threads(count),
        writer(std::move(database), sqlite::Durability::batched, log),
        readers(std::move(*sqlite::Readers::open(path, 1, log))),
        store(writer, *readers, true),
        faults(store),
        fan_out(threads, clock) {
    threads.start();
  }
  ~Running() { threads.stop(); }
  Executor executor() { return threads.executor(0); }
  /// Creates the session, or saves it if it exists. Returns whether its key is the expected one.
  bool save(const StoredSession& row) {
    const auto keys = net::co_spawn(executor(), store.session_keys(executor()), net::use_future).get();
    if (!keys) return false;
    const auto is_row = [&row](const KnownSession& known) { return known.key == row.key; };
    if (std::any_of(keys->begin(), keys->end(), is_row))
      return net::co_spawn(executor(), store.save_session(executor(), row), net::use_future)
          .get()
          .has_value();
    const auto created =
        net::co_spawn(executor(), store.create_session(executor(), row, SessionKey()), net::use_future).get();
    return created && created->key == row.key;
  }
  std::shared_ptr<EventLog> log_of(const StoredSession& row, TotalsOf totals_of = nullptr) {
    EventLog::Options options;
    options.totals_of = totals_of;
    return std::make_shared<EventLog>(executor(), faults, fan_out, row, std::move(options));
  }

  IoThreads threads;
  sqlite::Writer writer;
  std::unique_ptr<sqlite::Readers> readers;
  SqliteEventStore store;
  FaultyEventStore faults;  // the event logs append through it
  SystemClock clock;
  FanOut fan_out;
};

struct LogFixture : testing::Test {
  std::string path = testing::TempDir() + "events_" + random_hex(6) + ".db";
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};

  static sqlite::Database open(const std::string& file) {
    auto database = sqlite::Database::open(file);
    EXPECT_TRUE(SqliteEventStore::prepare(*database));
    return std::move(*database);
  }
  ~LogFixture() override {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
};

}  // namespace papi::events::testing_log
