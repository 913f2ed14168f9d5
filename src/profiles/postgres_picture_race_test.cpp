// Two processes on one database: a picture that one removes with its last profile while the other is about to
// use it, and rows that are refreshed while they are deleted as old.

#include <functional>

#include "profiles/postgres_profile_store.hpp"
#include "profiles/postgres_seen_people_store.hpp"
#include "tests/postgres_fixture.hpp"
#include "tests/postgres_schema.hpp"

namespace papi::profiles {
namespace {

/// Two processes on one database, and a connection of the test's own.
struct PostgresPictureRace : postgres::ServerTest {
  struct Process {
    Process(PostgresPictureRace& test, std::uint64_t seed)
        : writer(test.executor(), test.database.target(), test.database.writer_options(), test.log,
                 Random(seed)),
          store(writer, test.pool, test.database.schema()) {}
    postgres::Writer writer;
    PostgresProfileStore store;
  };

  test::PostgresSchema database{false};
  postgres::Pool pool{executor(), database.target(), postgres::PoolOptions(), log, Random(1)};
  Process one{*this, 2}, two{*this, 3};
  std::unique_ptr<postgres::Connection> other = connect();

  ~PostgresPictureRace() override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    run(one.writer.stop(deadline));
    run(two.writer.stop(deadline));
    run(pool.stop(deadline));
  }

  static EntryPtr entry(const std::string& username, const std::string& picture) {
    Image image;
    image.bytes = picture;
    image.hash = "hash of " + picture;
    Profile profile;
    profile.username = username;
    profile.image_hash = image.hash;
    profile.expires_at = 1'000;
    return std::make_shared<const ProfileEntry>(std::move(profile),
                                                std::make_shared<Image>(std::move(image)));
  }
  auto save(Process& process, const std::string& username, const std::string& picture) {
    return process.store.save(executor(), entry(username, picture));
  }
  auto erase(Process& process, const std::string& username) {
    return process.store.erase(executor(), username);
  }
  template <class T>
  static Task<bool> succeeded(Task<Result<T>> task) {
    const auto result = co_await std::move(task);
    EXPECT_TRUE(result) << result.error().message;
    co_return result.has_value();
  }
  void script(const std::string& sql) {
    const auto done = run(other->script(sql));
    ASSERT_TRUE(done) << done.error().what;
  }
  std::string profiles() {
    return table("SELECT username || '=' || image_hash FROM stores.profiles ORDER BY 1");
  }
  std::string pictures() { return table("SELECT hash FROM stores.profile_images ORDER BY 1"); }
  /// Waits until somebody waits for a lock that `other` holds.
  void until_somebody_waits() {
    const std::string me = column(*other, "SELECT pg_backend_pid()");
    const std::string waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE " + me + " = ANY (pg_blocking_pids(pid))";
    const auto watch = connect();  // a transaction sees the statistics of its begin
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (column(*watch, waiting) == "0") {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "nobody waits";
    }
  }
};

}  // namespace

TEST_F(PostgresPictureRace, a_deletion_waits_for_a_profile_that_begins_to_use_the_picture) {
  const std::string begin =
      "BEGIN; SELECT stores.save_profile_v1('bob', '', 1::smallint, 1, 'hash of p', 0, "
      "1000, 0, 0::smallint, 1, 1, 'p')";
  const struct {
    std::string how;
    std::function<std::shared_ptr<std::optional<bool>>()> start;
  } rows[] = {{"erase", [this] { return start(succeeded(erase(one, "ann"))); }},
              {"expire", [this] { return start(succeeded(one.store.erase_expired(executor(), 1'000))); }},
              {"replace", [this] { return start(succeeded(save(one, "ann", "q"))); }}};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.how);
    script("DELETE FROM stores.profiles");
    ASSERT_TRUE(run(save(one, "ann", "p")));
    script(begin);
    const auto ended = row.start();
    until_somebody_waits();
    EXPECT_FALSE(ended->has_value());
    script("COMMIT");
    run_until([&] { return ended->has_value(); });
    EXPECT_TRUE(**ended);
    EXPECT_EQ(profiles(), row.how == "replace" ? "ann=hash of q bob=hash of p" : "bob=hash of p");
    EXPECT_EQ(pictures(), row.how == "replace" ? "hash of p hash of q" : "hash of p");
  }
}

TEST_F(PostgresPictureRace, a_profile_brings_the_picture_again_that_a_deletion_is_removing) {
  ASSERT_TRUE(run(save(one, "ann", "p")));
  script("BEGIN; DELETE FROM stores.profiles WHERE username = 'ann'");
  const auto saved = start(succeeded(save(two, "bob", "p")));
  until_somebody_waits();
  EXPECT_FALSE(saved->has_value());
  script("COMMIT");
  run_until([&] { return saved->has_value(); });
  EXPECT_TRUE(**saved);
  EXPECT_EQ(profiles(), "bob=hash of p");
  EXPECT_EQ(pictures(), "hash of p");
}

TEST_F(PostgresPictureRace, in_each_of_60_rounds_the_picture_is_there_afterwards) {
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    ASSERT_TRUE(run(save(one, "ann", "p")));
    // Now the one, now the other is sent first.
    std::shared_ptr<std::optional<bool>> erased, saved;
    if (round % 2 == 0) erased = start(succeeded(erase(one, "ann")));
    saved = start(succeeded(save(two, "bob", "p")));
    if (round % 2 == 1) erased = start(succeeded(erase(one, "ann")));
    run_until([&] { return erased->has_value() && saved->has_value(); });
    ASSERT_TRUE(**erased && **saved);
    const auto found = run(two.store.find(executor(), "bob"));
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((**found)->image->bytes, "p");
    EXPECT_EQ(profiles(), "bob=hash of p");
    ASSERT_TRUE(run(erase(two, "bob")));
    EXPECT_EQ(pictures(), "") << "and gone with its last profile";
  }
}

TEST_F(PostgresPictureRace, of_two_profiles_that_are_erased_at_once_no_picture_is_left) {
  ASSERT_TRUE(run(save(one, "ann", "p")));
  ASSERT_TRUE(run(save(one, "bob", "p")));
  script("BEGIN; DELETE FROM stores.profiles WHERE username = 'ann'");
  const auto erased = start(succeeded(erase(two, "bob")));
  until_somebody_waits();
  script("COMMIT");
  run_until([&] { return erased->has_value(); });
  EXPECT_TRUE(**erased);
  EXPECT_EQ(pictures(), "");
}

TEST_F(PostgresPictureRace, a_profile_is_locked_before_its_picture_as_a_deletion_does_it) {
  ASSERT_TRUE(run(save(one, "ann", "p")));
  script("BEGIN; SELECT FROM stores.profiles WHERE username = 'ann' FOR UPDATE");
  const auto saved = start(succeeded(save(one, "ann", "p")));
  until_somebody_waits();
  EXPECT_EQ(column(*other, "SELECT hash FROM stores.profile_images FOR UPDATE SKIP LOCKED"), "hash of p")
      << "else the two wait for each other";
  script("DELETE FROM stores.profiles; COMMIT");
  run_until([&] { return saved->has_value(); });
  EXPECT_TRUE(**saved);
  EXPECT_EQ(profiles(), "ann=hash of p");
  EXPECT_EQ(pictures(), "hash of p");
}

TEST_F(PostgresPictureRace, what_is_refreshed_meanwhile_is_not_erased_as_old) {
  PostgresSeenPeopleStore people(one.writer, pool, database.schema());
  std::vector<SeenPerson> seen{{events::UserId(7), "ann", "", 10}};
  ASSERT_TRUE(run(people.save(executor(), seen)));
  ASSERT_TRUE(run(save(one, "ann", "p")));
  script("BEGIN; UPDATE stores.profiles SET expires_at = 1001");
  const auto expired = start(one.store.erase_expired(executor(), 1'000));
  until_somebody_waits();
  script("COMMIT");
  run_until([&] { return expired->has_value(); });
  EXPECT_EQ((*expired)->value(), std::vector<std::string>());
  EXPECT_EQ(profiles(), "ann=hash of p");

  script("BEGIN; UPDATE stores.people SET seen_at = 30");
  const auto unseen = start(people.erase_unseen(executor(), 30, 10));
  until_somebody_waits();
  script("COMMIT");
  run_until([&] { return unseen->has_value(); });
  EXPECT_EQ((*unseen)->value(), 0u);
  EXPECT_EQ(table("SELECT seen_at FROM stores.people"), "30");
}

}  // namespace papi::profiles
