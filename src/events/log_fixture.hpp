#pragma once

// What the tests of the log and of its readers share.

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "events/event_log.hpp"
#include "platform/base/random.hpp"

namespace papi::events::testing_log {

inline PreparedEvents comments(std::uint64_t first_id, int count) {
  PreparedEvents out;
  for (int i = 0; i < count; ++i) {
    auto made = std::make_shared<PreparedEvent>();
    PreparedEvent& prepared = *made;
    prepared.event.id = first_id + static_cast<std::uint64_t>(i);
    prepared.event.time = 1'700'000'000'123;
    prepared.event.room_id = 7'300'000'000'000'000'001;
    prepared.event.user.emplace();
    prepared.event.user->id = 6'800'000'000'000'000'001;
    prepared.event.user->username = "ann.1";
    prepared.event.body = Comment{"hello", "en", {}, {}, {}};
    prepared.common = encode_common(prepared.event);
    out.push_back(std::move(made));
  }
  return out;
}

inline StoredSession session() {
  StoredSession s;
  s.key = 1, s.id = "quiz", s.epoch = "e1", s.username = "ann";
  return s;
}

inline bool append(Executor executor, const std::vector<std::shared_ptr<EventLog>>& logs,
                   const PreparedEvents& events, UpstreamPosition position = {}) {
  std::vector<LogAppend> appends;
  for (const auto& log : logs) appends.push_back({log, events, {}});
  auto result = net::co_spawn(executor, append_to_all(executor, std::move(appends), std::move(position)),
                              net::use_future)
                    .get();
  return result.has_value();
}

/// A store and its threads, as the program has them; stopped before anything that they use goes.
struct Running {
  Running(sqlite::Database database, const std::string& path, Logger& log, std::size_t count = 1,
          Projection* projection = nullptr)
      : threads(count),
        writer(std::move(database), sqlite::Durability::batched, log),
        readers(std::move(*sqlite::Readers::open(path, 1, log))),
        store(writer, *readers, true, projection),
        fan_out(threads) {
    threads.start();
  }
  ~Running() { threads.stop(); }
  Executor executor() { return threads.executor(0); }
  bool save(const StoredSession& row) {
    const auto created =
        net::co_spawn(executor(), store.create_session(executor(), row), net::use_future).get();
    if (created) return true;
    return net::co_spawn(executor(), store.save_session(executor(), row), net::use_future).get().has_value();
  }
  std::shared_ptr<EventLog> log_of(const StoredSession& row) {
    return std::make_shared<EventLog>(executor(), store, fan_out, row);
  }

  IoThreads threads;
  sqlite::Writer writer;
  std::unique_ptr<sqlite::Readers> readers;
  EventStore store;
  FanOut fan_out;
};

struct LogFixture : testing::Test {
  std::string path = testing::TempDir() + "events_" + random_hex(6) + ".db";
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};

  static sqlite::Database open(const std::string& file) {
    auto database = sqlite::Database::open(file);
    EXPECT_TRUE(EventStore::prepare(*database));
    return std::move(*database);
  }
  ~LogFixture() override {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
};

}  // namespace papi::events::testing_log
