#include "events/log_identity.hpp"

#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <set>

#include "events/log_fixture.hpp"

namespace papi::events {
namespace {

using namespace testing_log;

struct LogIdentityTest : LogFixture {
  ~LogIdentityTest() override { std::filesystem::remove(path + ".identity"); }

  /// One run of the service: calls `work` with the identity and then ends in order or by a kill.
  template <class Work>
  void run(Work work, bool clean = true, const std::string& boot = "boot-a") {
    auto database = open(path);
    LogIdentity::Options options;
    options.boot = boot;
    auto identity = LogIdentity::open(database, path, options, log);
    ASSERT_TRUE(identity) << identity.error().message;
    work(database, **identity);
    if (clean) (*identity)->close_clean();
  }
  void start(bool clean = true, const std::string& boot = "boot-a") {
    run([](sqlite::Database&, LogIdentity&) {}, clean, boot);
  }
  static void add(sqlite::Database& database, int key, const char* epoch, int last_offset,
                  const char* state) {
    auto row = database.prepare(
        "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live,"
        " created_at, last_offset) VALUES (?1, 's' || ?1, ?2, 'ann', '7', ?4, '', 0, 1, ?3)");
    row.bind(1, std::int64_t{key}).bind(2, std::string_view(epoch)).bind(3, std::int64_t{last_offset});
    row.bind(4, std::string_view(state)).run();
  }
  static void grow(sqlite::Database& database, LogIdentity& identity, int key, std::string_view epoch,
                   int to) {
    auto row = database.prepare("UPDATE sessions SET last_offset = ?2 WHERE key = ?1");
    row.bind(1, std::int64_t{key}).bind(2, std::int64_t{to}).run();
    identity.committed(SessionKey(key), epoch, Offset(static_cast<std::uint64_t>(to)));
  }
  static void remove(sqlite::Database& database, LogIdentity& identity, int key) {
    database.prepare("DELETE FROM sessions WHERE key = ?1").bind(1, std::int64_t{key}).run();
    count_deletion(database);
    identity.remove(SessionKey(key));
  }
  std::vector<std::string> epochs() {
    auto database = open(path);
    std::vector<std::string> out;
    for (const StoredSession& s : *SqliteEventStore::sessions_in(database, 10)) out.push_back(s.epoch);
    return out;
  }
  std::int64_t generation() {
    auto database = open(path);
    auto row = database.prepare("SELECT generation FROM identity");
    return row.step() ? row.integer(0) : -1;
  }
  /// Makes two sessions with events, noted by a run that ended in order.
  void two_sessions() {
    run([](sqlite::Database& database, LogIdentity& identity) {
      add(database, 1, "e1", 0, "connected");
      add(database, 2, "e2", 0, "ended");
      grow(database, identity, 1, "e1", 10);
      grow(database, identity, 2, "e2", 20);
    });
  }
  Sidecar sidecar() {
    std::ifstream file(path + ".identity", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto read = identity_file::decode(bytes);
    EXPECT_TRUE(read);
    return read ? *read : Sidecar();
  }
  const std::vector<std::string> kept{"e1", "e2"};
};

TEST_F(LogIdentityTest, a_database_of_an_older_version_is_adopted_with_its_epochs) {
  {
    auto database = open(path);
    add(database, 1, "e1", 10, "connected");
    add(database, 2, "e2", 20, "ended");
  }
  start();
  EXPECT_EQ(epochs(), kept);
  start();
  EXPECT_EQ(epochs(), kept);
  EXPECT_EQ(generation(), 0);
  EXPECT_EQ(sidecar().header.starts, 2u);
  EXPECT_EQ(sidecar().sessions.at(SessionKey(2)).last_offset, Offset(20));
}

TEST_F(LogIdentityTest, kills_and_orderly_ends_on_one_boot_change_no_epoch) {
  two_sessions();
  for (int i = 1; i <= 6; ++i) {
    run([i](sqlite::Database& d, LogIdentity& identity) { grow(d, identity, 1, "e1", 10 + i); }, i % 2 == 0);
    EXPECT_EQ(epochs(), kept) << i;
  }
  EXPECT_EQ(sidecar().sessions.at(SessionKey(1)).last_offset, Offset(16));
}

TEST_F(LogIdentityTest, a_copy_put_back_begins_new_epochs_in_each_session_and_offsets_go_on) {
  two_sessions();
  run([this](sqlite::Database& database, LogIdentity& identity) {
    database.prepare("VACUUM INTO ?1").bind(1, std::string_view(path + ".copy")).run();
    grow(database, identity, 1, "e1", 11);
  });
  std::filesystem::rename(path + ".copy", path);
  start();
  const auto renewed = epochs();
  ASSERT_EQ(renewed.size(), 2u);
  EXPECT_EQ(std::set<std::string>({renewed[0], renewed[1], "e1", "e2"}).size(), 4u);
  for (const std::string& epoch : renewed) EXPECT_EQ(epoch.size(), 16u);
  EXPECT_EQ(generation(), 1);
  EXPECT_EQ(sidecar().sessions.at(SessionKey(1)).last_offset, Offset(10));
  start(false);
  start();
  EXPECT_EQ(epochs(), renewed) << "once";
}

TEST_F(LogIdentityTest, a_copy_of_an_earlier_start_begins_new_epochs_though_nothing_was_said_since) {
  two_sessions();
  run([this](sqlite::Database& database, LogIdentity&) {
    database.prepare("VACUUM INTO ?1").bind(1, std::string_view(path + ".copy")).run();
  });
  start();
  std::filesystem::rename(path + ".copy", path);
  start();
  EXPECT_NE(epochs(), kept);
}

TEST_F(LogIdentityTest, a_copy_from_before_a_deletion_begins_new_epochs_also_after_a_kill_in_the_same_start) {
  two_sessions();
  const auto copy = [this](sqlite::Database& database) {
    database.prepare("VACUUM INTO ?1").bind(1, std::string_view(path + ".copy")).run();
  };
  run(
      [&](sqlite::Database& database, LogIdentity& identity) {
        copy(database);
        remove(database, identity, 1);
      },
      false);
  std::filesystem::rename(path + ".copy", path);
  start();
  ASSERT_EQ(epochs().size(), 2u) << "the deleted session is back";
  EXPECT_NE(epochs()[0], "e1");
  EXPECT_EQ(generation(), 1);
  const auto renewed = epochs();
  run([&](sqlite::Database& database, LogIdentity& identity) { remove(database, identity, 1); }, false);
  start();
  EXPECT_EQ(epochs(), std::vector<std::string>{renewed[1]}) << "without a copy nothing changes";
}

TEST_F(LogIdentityTest, a_missing_or_damaged_sidecar_begins_new_epochs) {
  two_sessions();
  std::filesystem::remove(path + ".identity");
  start();
  const auto first = epochs();
  EXPECT_NE(first, kept);
  std::filesystem::resize_file(path + ".identity", 100);
  start();
  EXPECT_NE(epochs(), first);
  EXPECT_EQ(generation(), 2);
}

TEST_F(LogIdentityTest, a_power_cut_renews_the_sessions_that_ran_or_were_written) {
  two_sessions();
  run([](sqlite::Database& database, LogIdentity&) { add(database, 3, "e3", 0, "ended"); });
  run([](sqlite::Database& d, LogIdentity& identity) { grow(d, identity, 3, "e3", 5); }, false);
  start(false, "boot-b");
  const auto after = epochs();
  EXPECT_NE(after.at(0), "e1") << "it was running";
  EXPECT_EQ(after.at(1), "e2");
  EXPECT_NE(after.at(2), "e3") << "it was written to";
  EXPECT_EQ(generation(), 0);
}

TEST_F(LogIdentityTest, a_deleted_session_leaves_a_slot_for_the_next_one) {
  two_sessions();
  run([](sqlite::Database& database, LogIdentity& identity) {
    remove(database, identity, 1);
    remove(database, identity, 1);
    add(database, 3, "e3", 0, "connected");
    grow(database, identity, 3, "e3", 7);
  });
  const Sidecar read = sidecar();
  EXPECT_EQ(read.sessions.size(), 2u);
  EXPECT_EQ(read.sessions.at(SessionKey(3)).last_offset, Offset(7));
  EXPECT_EQ(std::filesystem::file_size(path + ".identity"), 128u + 2 * 64u);
  start();
  EXPECT_EQ(epochs(), (std::vector<std::string>{"e2", "e3"}));
}

TEST_F(LogIdentityTest, without_history_nothing_is_noted_of_sessions) {
  two_sessions();
  {
    auto database = open(path);
    LogIdentity::Options options;
    options.boot = "boot-a";
    options.keeps_events = false;
    auto identity = LogIdentity::open(database, path, options, log);
    ASSERT_TRUE(identity);
    (*identity)->committed(SessionKey(1), "fresh", Offset(3));
    (*identity)->close_clean();
  }
  EXPECT_EQ(sidecar().sessions.at(SessionKey(1)).epoch, "e1");
  start();
  EXPECT_EQ(epochs(), kept);
}

TEST_F(LogIdentityTest, new_epochs_can_be_asked_for_and_last) {
  two_sessions();
  {
    auto database = open(path);
    ASSERT_TRUE(begin_new_epochs(database));
  }
  const auto asked = epochs();
  EXPECT_NE(asked.at(0), "e1");
  EXPECT_NE(asked.at(1), "e2");
  EXPECT_EQ(generation(), 1);
  start();
  const auto started = epochs();
  start();
  EXPECT_EQ(epochs(), started);
}

TEST_F(LogIdentityTest, a_sidecar_that_cannot_be_written_any_more_is_not_left_behind_the_log) {
  two_sessions();
  run([](sqlite::Database& database, LogIdentity& identity) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit none = before;
    none.rlim_cur = 0;
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
    identity.committed(SessionKey(1), "e1", Offset(11));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    grow(database, identity, 1, "e1", 12);
  });
  EXPECT_FALSE(std::filesystem::exists(path + ".identity"));
  start();
  EXPECT_NE(epochs(), kept);
}

TEST_F(LogIdentityTest, a_folder_that_cannot_be_written_is_an_error_and_not_a_start_without_identity) {
  auto database = open(path);
  std::filesystem::create_directory(path + ".identity.new");
  const auto identity = LogIdentity::open(database, path, LogIdentity::Options(), log);
  std::filesystem::remove(path + ".identity.new");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, ErrorCode::database);
}

}  // namespace
}  // namespace papi::events
