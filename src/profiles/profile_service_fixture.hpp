#pragma once

// Shared by the tests of ProfileService: the service on SQLite, with sources whose answers a test prepares.

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/sha256.hpp"
#include "platform/net/io_threads.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/sqlite_profile_store.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::profiles::testing_profiles {

using namespace std::chrono_literals;

inline Image face(const std::string& bytes) {
  Image image;
  image.header = {ImageType::png, 72, 72};
  image.bytes = bytes;
  image.hash = sha256_hex(bytes);
  return image;
}
inline FetchedProfile fetched(const std::string& bytes, const std::string& nickname = "Ann") {
  FetchedProfile out;
  out.nickname = nickname;
  out.image = face(bytes);
  return out;
}

/// A source that gives the prepared answer, when the test wants it. Used only on the service's thread.
class ScriptedSource final : public PictureSource {
 public:
  explicit ScriptedSource(Executor executor) : opened_(executor) {}
  Task<Result<FetchedProfile>> fetch(Executor executor, Username, std::chrono::milliseconds given) override {
    ++asked;
    most_at_once = std::max(most_at_once, ++at_once_);
    budget = given;
    for (int turn = 0; turn < turns; ++turn) co_await net::post(executor, use_task);
    while (held) co_await opened_.wait();
    --at_once_;
    co_return answer;
  }
  void open() { held = false, opened_.notify(); }

  Result<FetchedProfile> answer = FetchedProfile();
  int asked = 0;
  bool held = false;
  int turns = 0;  // event loop turns until an answer
  int most_at_once = 0;
  std::chrono::milliseconds budget{0};

 private:
  int at_once_ = 0;
  Notifier opened_;
};

struct ProfileServiceFixture : testing::Test {
  ProfileServiceFixture() {
    options.sources[0] = {true, 10, std::chrono::days(7), 5s};
    options.sources[1] = {true, 9, std::chrono::days(1), 5s};
    options.sources[2] = {true, 3, std::chrono::days(30), 4s};
    options.sources[3] = {true, 1, std::chrono::days(365), 0s};
    start();
  }
  ~ProfileServiceFixture() override {
    stop();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  struct Running {
    Running(const std::string& path, Logger& log, const Clock& clock, const ProfileOptions& options,
            bool remote)
        : threads(1), scraper(threads.executor(0)), generator(threads.executor(0)) {
      auto database = sqlite::Database::open(path);
      EXPECT_TRUE(schema::migrate(*database));
      writer.emplace(std::move(*database), sqlite::Durability::batched, log);
      readers = std::move(*sqlite::Readers::open(path, 1, log));
      store.emplace(*writer, *readers);
      service.emplace(ProfileService::Dependencies{threads.executor(0), *store, cache, &scraper,
                                                   remote ? &generator : nullptr, log, clock, random},
                      options);
      threads.start();
    }
    IoThreads threads;
    Random random{7};
    ScriptedSource scraper, generator;
    ProfileCache cache{ProfileCache::Limits()};
    std::optional<sqlite::Writer> writer;
    std::unique_ptr<sqlite::Readers> readers;
    std::optional<SqliteProfileStore> store;
    std::optional<ProfileService> service;
  };
  void start(bool remote_generator = false) {
    running = std::make_unique<Running>(path, log, clock, options, remote_generator);
  }
  void stop() {
    if (!running) return;
    run(service().stop());
    running->threads.stop();
    running.reset();
  }
  ProfileService& service() { return *running->service; }
  ScriptedSource& scraper() { return running->scraper; }

  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(running->threads.executor(0), std::move(task), net::use_future).get();
  }
  static Username name(const char* text) { return *Username::parse(text); }
  Profile find(const char* text = "ann") {
    const auto entry = run(service().find(name(text)));
    EXPECT_TRUE(entry);
    return entry ? (*entry)->profile : Profile();
  }
  /// Waits for the background refreshes.
  void settle() { run(wait_for_refreshes()); }
  Task<void> wait_for_refreshes() {
    while (service().refreshing() > 0) co_await net::post(running->threads.executor(0), use_task);
  }

  static constexpr std::int64_t day = 86'400'000;
  std::string path = testing::TempDir() + "profiles_" + random_hex(6) + ".db";
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  ProfileOptions options;
  std::unique_ptr<Running> running;
};

}  // namespace papi::profiles::testing_profiles
