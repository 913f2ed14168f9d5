#include "profiles/seen_people.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"
#include "profiles/sqlite_seen_people_store.hpp"
#include "schema/sqlite_schema.hpp"
#include "tests/eventually.hpp"

namespace papi::profiles {
namespace {

using namespace std::chrono_literals;

/// A clock whose wall time can be set while the steady time goes on.
class SetClock final : public Clock {
 public:
  UnixMs now_ms() const override { return wall_; }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_));
  }
  void advance(std::chrono::milliseconds by) {
    wall_ += by.count();
    steady_ += by.count();
  }
  void jump(std::chrono::milliseconds by) { wall_ += by.count(); }

 private:
  std::atomic<UnixMs> wall_{1'700'000'000'000};
  std::atomic<std::int64_t> steady_{1'000'000};
};

events::User user(std::uint64_t id, const std::string& username, const std::string& nickname = "") {
  events::User user;
  user.id = events::UserId(id);
  user.username = username;
  user.nickname = nickname;
  return user;
}

struct SeenPeopleTest : testing::Test {
  SeenPeopleTest() {
    options.batch_delay = 1ms;
    start();
  }
  ~SeenPeopleTest() override {
    stop();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  struct Running {
    Running(const std::string& path, const SeenPeople::Options& options, Logger& log, const Clock& clock)
        : threads(1) {
      auto database = sqlite::Database::open(path);
      EXPECT_TRUE(schema::migrate(*database));
      writer.emplace(std::move(*database), sqlite::Durability::batched, log);
      readers = std::move(*sqlite::Readers::open(path, 1, log));
      store.emplace(*writer, *readers);
      people.emplace(*store, threads.executor(0), options, log, clock);
      threads.start();
    }
    IoThreads threads;
    std::optional<sqlite::Writer> writer;
    std::unique_ptr<sqlite::Readers> readers;
    std::optional<SqliteSeenPeopleStore> store;
    std::optional<SeenPeople> people;
    std::future<void> written;
  };
  void start() {
    running = std::make_unique<Running>(path, options, log, clock);
    running->written = net::co_spawn(executor(), people().run(), net::use_future);
  }
  /// Afterwards all seen people are in the table.
  void stop() {
    if (!running) return;
    net::post(executor(), [this] { people().stop(); });
    running->written.get();
    running->threads.stop();
    running.reset();
  }
  void restart() {
    stop();
    start();
  }
  Executor executor() { return running->threads.executor(0); }
  SeenPeople& people() { return *running->people; }
  std::string find(std::uint64_t id) {
    const auto found =
        net::co_spawn(executor(), people().find(executor(), events::UserId(id)), net::use_future).get();
    EXPECT_TRUE(found);
    return *found ? (*found)->username + "|" + (*found)->nickname : "nobody";
  }
  std::size_t erase(const std::string& username) {
    return *net::co_spawn(executor(), people().erase(executor(), username), net::use_future).get();
  }
  std::size_t prune() { return net::co_spawn(executor(), people().prune_if_due(), net::use_future).get(); }
  /// Waits until the table has at least that many people.
  bool written(std::int64_t count) {
    return test::eventually([&] { return column("SELECT count(*) FROM people") >= count; });
  }
  std::int64_t column(const std::string& sql) {
    auto database = sqlite::Database::open_to_read(path);
    auto row = database->prepare(sql);
    return row.step() ? row.integer(0) : -1;
  }

  std::string path = testing::TempDir() + "people_" + random_hex(6) + ".db";
  SetClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  SeenPeople::Options options;
  std::unique_ptr<Running> running;
};

}  // namespace

TEST_F(SeenPeopleTest, are_found_at_once_and_after_a_restart) {
  people().seen(user(18'000'000'000'000'000'001u, "Ann.1", "Ann 🎤"));
  people().seen(user(7, "", "nameless"));
  EXPECT_EQ(find(18'000'000'000'000'000'001u), "ann.1|Ann 🎤");
  restart();
  EXPECT_EQ(find(18'000'000'000'000'000'001u), "ann.1|Ann 🎤");
  EXPECT_EQ(find(7), "|nameless");
  EXPECT_EQ(find(8), "nobody");
}

TEST_F(SeenPeopleTest, nobody_is_left_out_and_a_number_alone_is_somebody) {
  people().seen(user(0, "zero", "Zero"));
  people().seen(user(5, "", ""));
  EXPECT_EQ(find(0), "nobody");
  EXPECT_EQ(find(5), "|");
  stop();
  EXPECT_EQ(column("SELECT count(*) FROM people"), 1);
}

TEST_F(SeenPeopleTest, the_last_name_counts_and_a_missing_one_takes_nothing_away) {
  people().seen(user(7, "ann", "Ann"));
  people().seen(user(7, "", "Ann II"));
  people().seen(user(7, "anna", ""));
  EXPECT_EQ(find(7), "anna|Ann II");
  restart();
  people().seen(user(7, "", "Ann III"));
  EXPECT_EQ(find(7), "anna|Ann III") << "memory knows the nickname, the table the name";
  restart();
  EXPECT_EQ(find(7), "anna|Ann III");
  restart();
  people().seen(user(7, "", ""));
  EXPECT_EQ(find(7), "anna|Ann III") << "memory knows the number only";
}

TEST_F(SeenPeopleTest, a_repeated_person_costs_no_write_for_a_day) {
  const UnixMs first = clock.now_ms();
  people().seen(user(7, "ann", "Ann"));
  EXPECT_TRUE(written(1));
  clock.advance(std::chrono::hours(23));
  people().seen(user(7, "ann", "Ann"));
  people().seen(user(8, "bob", "Bob"));  // its write comes after all earlier ones
  EXPECT_TRUE(written(2));
  EXPECT_EQ(column("SELECT seen_at FROM people WHERE user_id = 7"), first);
  clock.advance(std::chrono::hours(1));
  people().seen(user(7, "ann", "Ann"));
  stop();
  EXPECT_EQ(column("SELECT seen_at FROM people WHERE user_id = 7"), clock.now_ms());
}

TEST_F(SeenPeopleTest, memory_is_bounded_and_the_table_has_the_rest) {
  stop();
  options.remembered = 10;
  start();
  for (std::uint64_t id = 1; id <= 1'500; ++id) people().seen(user(id, "user" + std::to_string(id), "N"));
  for (const std::uint64_t id : {1u, 2u, 700u, 1'490u, 1'500u})
    EXPECT_EQ(find(id), "user" + std::to_string(id) + "|N");
  stop();
  EXPECT_EQ(column("SELECT count(*) FROM people"), 1'500);
}

TEST_F(SeenPeopleTest, who_does_not_fit_into_the_queue_is_written_with_a_later_event) {
  stop();
  options.waiting = 3;
  running = std::make_unique<Running>(path, options, log, clock);  // nothing is written yet
  for (std::uint64_t id = 1; id <= 5; ++id) people().seen(user(id, "user" + std::to_string(id)));
  EXPECT_EQ(find(5), "user5|");
  running->written = net::co_spawn(executor(), people().run(), net::use_future);
  EXPECT_TRUE(written(3));
  for (std::uint64_t id = 4; id <= 5; ++id) people().seen(user(id, "user" + std::to_string(id)));
  stop();
  EXPECT_EQ(column("SELECT count(*) FROM people"), 5);
}

TEST_F(SeenPeopleTest, who_is_forgotten_is_nobody_until_seen_anew) {
  people().seen(user(7, "ann", "Ann"));
  people().seen(user(8, "bob", "Bob"));
  EXPECT_TRUE(written(2));
  EXPECT_EQ(erase("ann"), 1u);
  EXPECT_EQ(find(7), "nobody");
  EXPECT_EQ(find(8), "bob|Bob");
  EXPECT_EQ(erase("ann"), 0u);
  people().seen(user(7, "ann", "Ann"));
  EXPECT_EQ(find(7), "ann|Ann");
  EXPECT_EQ(erase("ann"), 1u) << "from memory, the table or both";
  restart();
  EXPECT_EQ(find(7), "nobody");
}

TEST_F(SeenPeopleTest, who_is_forgotten_is_so_where_memory_has_the_nickname_alone) {
  people().seen(user(7, "ann", "Ann"));
  restart();
  people().seen(user(7, "", "Ann II"));
  EXPECT_EQ(find(7), "ann|Ann II");
  EXPECT_EQ(erase("ann"), 1u);
  EXPECT_EQ(find(7), "nobody");
  restart();
  EXPECT_EQ(find(7), "nobody");
}

TEST_F(SeenPeopleTest, who_was_not_seen_for_400_days_is_pruned) {
  people().seen(user(7, "ann"));
  restart();  // drops the memory
  clock.advance(std::chrono::hours(24) * 400);
  EXPECT_EQ(prune(), 0u);
  EXPECT_EQ(find(7), "ann|");
  clock.advance(1ms);
  EXPECT_EQ(prune(), 0u) << "once a day";
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(prune(), 1u);
  EXPECT_EQ(find(7), "nobody");
}

TEST_F(SeenPeopleTest, a_clock_that_was_set_prunes_nobody) {
  people().seen(user(7, "ann"));
  restart();
  clock.jump(std::chrono::hours(24) * 500);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(prune(), 0u);
  EXPECT_EQ(find(7), "ann|");
}

}  // namespace papi::profiles
