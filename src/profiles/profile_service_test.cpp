#include "profiles/profile_service.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/sha256.hpp"
#include "platform/net/io_threads.hpp"
#include "profiles/drawn_avatar.hpp"
#include "profiles/sqlite_profile_store.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::profiles {
namespace {

using namespace std::chrono_literals;

Image face(const std::string& bytes) {
  Image image;
  image.header = {ImageType::png, 72, 72};
  image.bytes = bytes;
  image.hash = sha256_hex(bytes);
  return image;
}
FetchedProfile fetched(const std::string& bytes, const std::string& nickname = "Ann") {
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

struct ProfileServiceTest : testing::Test {
  ProfileServiceTest() {
    options.sources[0] = {true, 10, std::chrono::days(7), 5s};
    options.sources[1] = {true, 9, std::chrono::days(1), 5s};
    options.sources[2] = {true, 3, std::chrono::days(30), 4s};
    options.sources[3] = {true, 1, std::chrono::days(365), 0s};
    start();
  }
  ~ProfileServiceTest() override {
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

TEST_F(ProfileServiceTest, gives_the_scrapers_face_for_its_lifetime) {
  scraper().answer = fetched("face");
  const Profile profile = find("Ann");
  EXPECT_EQ(profile.username, "ann");
  EXPECT_EQ(profile.nickname, "Ann");
  EXPECT_EQ(profile.source, Source::scraper);
  EXPECT_EQ(profile.priority, 9);
  EXPECT_EQ(profile.image_hash, sha256_hex("face"));
  EXPECT_EQ(profile.expires_at - profile.cached_at, day);
  clock.advance(24h - 1ms);
  find();
  settle();
  EXPECT_EQ(scraper().asked, 1);
}

TEST_F(ProfileServiceTest, an_expired_profile_is_answered_at_once_and_refreshed_behind) {
  scraper().answer = fetched("old");
  find();
  scraper().answer = fetched("new");
  scraper().held = true;
  clock.advance(24h);
  EXPECT_EQ(find().image_hash, sha256_hex("old"));
  EXPECT_EQ(find().image_hash, sha256_hex("old"));  // also while it is refreshed
  net::post(running->threads.executor(0), [this] { scraper().open(); });
  settle();
  EXPECT_EQ(find().image_hash, sha256_hex("new"));
  EXPECT_EQ(scraper().asked, 2);
}

TEST_F(ProfileServiceTest, a_thousand_who_ask_at_once_make_one_look_up) {
  scraper().answer = fetched("face");
  scraper().held = true;
  std::vector<std::future<Result<EntryPtr>>> answers;
  for (int i = 0; i < 1000; ++i)
    answers.push_back(
        net::co_spawn(running->threads.executor(0), service().find(name("ann")), net::use_future));
  run([](ScriptedSource& source) -> Task<void> {
    source.open();
    co_return;
  }(scraper()));
  for (auto& answer : answers) EXPECT_EQ((*answer.get())->profile.image_hash, sha256_hex("face"));
  EXPECT_EQ(scraper().asked, 1);
}

TEST_F(ProfileServiceTest, a_failing_scraper_gives_way_to_the_drawn_face_and_is_asked_again_soon) {
  scraper().answer = Error(ErrorCode::upstream_error, "oops");
  const Profile drawn = find();
  EXPECT_EQ(drawn.source, Source::generator);
  EXPECT_EQ(drawn.image_hash, sha256_hex(draw_face("ann")));
  EXPECT_EQ(drawn.nickname, "ann");
  EXPECT_EQ(drawn.expires_at - drawn.cached_at, 30 * day);
  scraper().answer = fetched("face");
  clock.advance(225s - 1ms);  // 300 s minus a quarter of jitter
  find(), settle();
  EXPECT_EQ(scraper().asked, 1);
  clock.advance(150s);
  EXPECT_EQ(find().source, Source::generator);
  settle();
  EXPECT_EQ(find().source, Source::scraper);
}

TEST_F(ProfileServiceTest, who_has_no_picture_is_drawn_and_that_is_believed_for_a_while) {
  scraper().answer = FetchedProfile{"Ann Miller", std::nullopt, std::nullopt};
  EXPECT_EQ(find().source, Source::generator);
  EXPECT_EQ(find().nickname, "Ann Miller");
  clock.advance(1h - 1ms);
  find(), settle();
  EXPECT_EQ(scraper().asked, 1);
  scraper().answer = fetched("first picture");
  clock.advance(1ms);
  find(), settle();
  EXPECT_EQ(find().image_hash, sha256_hex("first picture"));
}

TEST_F(ProfileServiceTest, initials_follow_where_nothing_is_to_be_drawn) {
  stop();
  options.sources[2].enabled = false;
  start();
  scraper().answer = FetchedProfile{"Ann Miller", std::nullopt, std::nullopt};
  const Profile profile = find();
  EXPECT_EQ(profile.source, Source::initials);
  EXPECT_EQ(profile.priority, 1);
  EXPECT_EQ(profile.expires_at - profile.cached_at, 365 * day);
  const auto entry = run(service().find(name("ann")));
  EXPECT_NE((*entry)->image->bytes.find(">AM</text>"), std::string::npos);
}

TEST_F(ProfileServiceTest, a_remote_generator_comes_between_and_gets_what_time_is_left) {
  stop();
  start(true);
  scraper().answer = FetchedProfile{"Ann Miller", std::nullopt, std::nullopt};
  running->generator.answer = fetched("generated", "");
  const Profile profile = find();
  EXPECT_EQ(profile.source, Source::generator);
  EXPECT_EQ(profile.image_hash, sha256_hex("generated"));
  EXPECT_EQ(profile.nickname, "Ann Miller");
  EXPECT_EQ(scraper().budget, 5s);
  EXPECT_EQ(running->generator.budget, 4s);
  running->generator.answer = Error(ErrorCode::upstream_timeout, "late");
  EXPECT_EQ(find("bob").image_hash, sha256_hex(draw_face("bob")));
}

TEST_F(ProfileServiceTest, a_face_is_not_given_up_for_a_drawing_while_the_scraper_fails) {
  scraper().answer = fetched("face");
  find();
  scraper().answer = Error(ErrorCode::upstream_timeout, "late");
  clock.advance(25h);
  find(), settle();
  EXPECT_EQ(find().image_hash, sha256_hex("face"));
  EXPECT_EQ(scraper().asked, 2);
  find(), settle();  // expired, but not asked again at once
  EXPECT_EQ(scraper().asked, 2);
  scraper().answer = FetchedProfile();
  clock.advance(10min);
  find(), settle();
  EXPECT_EQ(find().source, Source::generator);
}

TEST_F(ProfileServiceTest, an_unexpired_face_outlives_a_scraper_that_finds_none) {
  scraper().answer = fetched("face");
  find();
  scraper().answer = FetchedProfile();
  clock.advance(1h);
  EXPECT_TRUE(run(service().revalidate(name("ann"))));
  EXPECT_EQ(find().image_hash, sha256_hex("face"));
}

TEST_F(ProfileServiceTest, a_source_that_fails_is_left_alone_and_then_tried_once) {
  scraper().answer = Error(ErrorCode::upstream_timeout, "late");
  for (const char* who : {"u1", "u2", "u3", "u4", "u5"}) find(who);
  EXPECT_EQ(scraper().asked, 3);
  EXPECT_EQ(
      run([](ProfileService& s) -> Task<std::vector<SourceHealth>> { co_return s.health(); }(service()))[1]
          .breaker,
      "open");
  clock.advance(38s);
  find("u6"), find("u7");
  EXPECT_EQ(scraper().asked, 4);
  clock.advance(76s);
  scraper().answer = fetched("face");
  find("u8"), find("u9");
  EXPECT_EQ(scraper().asked, 6);
}

TEST_F(ProfileServiceTest, a_block_opens_the_breaker_at_once_and_one_bad_picture_never) {
  scraper().answer = Error(ErrorCode::not_found, "no picture");
  for (const char* who : {"u1", "u2", "u3", "u4"}) find(who);
  EXPECT_EQ(scraper().asked, 4);
  scraper().answer = Error(ErrorCode::blocked, "captcha");
  find("u5"), find("u6");
  EXPECT_EQ(scraper().asked, 5);
}

TEST_F(ProfileServiceTest, a_spent_budget_says_nothing_of_the_source) {
  scraper().answer = Error(ErrorCode::unavailable, "budget");
  for (const char* who : {"u1", "u2", "u3", "u4", "u5"}) EXPECT_EQ(find(who).source, Source::generator);
  EXPECT_EQ(scraper().asked, 5);
  EXPECT_EQ(
      run([](ProfileService& s) -> Task<std::vector<SourceHealth>> { co_return s.health(); }(service()))[1]
          .asked,
      0U);
}

TEST_F(ProfileServiceTest, what_is_known_survives_a_restart_and_pictures_are_kept_once) {
  scraper().answer = fetched("same face");
  find("ann"), find("bob");
  scraper().answer = fetched("other face");
  EXPECT_TRUE(run(service().revalidate(name("bob"))));
  find("cy");
  stop();
  start();
  scraper().answer = Error(ErrorCode::upstream_error, "must not be asked");
  EXPECT_EQ(find("ann").image_hash, sha256_hex("same face"));
  EXPECT_EQ(find("bob").image_hash, sha256_hex("other face"));
  EXPECT_EQ(scraper().asked, 0);
  auto database = sqlite::Database::open(path);
  auto count = database->prepare("SELECT count(*) FROM profile_images");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 2);
}

TEST_F(ProfileServiceTest, a_picture_that_nobody_has_any_more_is_deleted) {
  scraper().answer = fetched("old face");
  find();
  scraper().answer = fetched("new face");
  EXPECT_TRUE(run(service().revalidate(name("ann"))));
  stop();
  auto database = sqlite::Database::open(path);
  auto hashes = database->prepare("SELECT hash FROM profile_images");
  ASSERT_TRUE(hashes.step());
  EXPECT_EQ(hashes.text(0), sha256_hex("new face"));
  EXPECT_FALSE(hashes.step());
}

TEST_F(ProfileServiceTest, many_are_revalidated_once_each) {
  scraper().answer = fetched("face");
  std::vector<Username> names;
  for (int i = 0; i < 100; ++i) names.push_back(name(("user" + std::to_string(i % 50)).c_str()));
  const auto results = run(service().revalidate_all(names));
  EXPECT_EQ(results.size(), 50U);
  for (const auto& [who, fresh] : results) EXPECT_TRUE(fresh) << who;
  EXPECT_EQ(scraper().asked, 50);
}

TEST_F(ProfileServiceTest, many_are_found_in_their_order_some_at_a_time_and_each_name_once) {
  scraper().answer = fetched("face");
  scraper().turns = 20;
  std::vector<Username> names;
  for (int i = 0; i < 80; ++i) names.push_back(name(("user" + std::to_string(39 - i % 40)).c_str()));
  const auto found = run(service().find_all(names));
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 80U);
  for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ((*found)[i]->profile.username, names[i].text());
  EXPECT_EQ(scraper().asked, 40);
  EXPECT_LE(scraper().most_at_once, static_cast<int>(parallel_look_ups));
  EXPECT_GT(scraper().most_at_once, 1);
  EXPECT_TRUE(run(service().find_all({}))->empty());
}

TEST_F(ProfileServiceTest, a_look_into_memory_asks_nobody_also_where_a_profile_is_due) {
  scraper().answer = fetched("face");
  EXPECT_FALSE(service().in_memory(name("ann")));
  find();
  clock.advance(std::chrono::hours(48));
  const EntryPtr entry = service().in_memory(name("ann"));
  ASSERT_TRUE(entry);
  EXPECT_FALSE(entry->refresh_asked);
  EXPECT_EQ(scraper().asked, 1);
}

TEST_F(ProfileServiceTest, who_is_forgotten_is_not_brought_back_by_who_asks_meanwhile) {
  scraper().answer = fetched("old face");
  find();
  scraper().answer = fetched("new face");
  const auto both = [](ProfileService& profiles, Executor executor, Username who) -> Task<Result<EntryPtr>> {
    auto forgotten = net::co_spawn(executor, profiles.erase(who), net::use_future);
    co_await net::post(executor, use_task);  // the erasure has begun
    co_return co_await profiles.find(who);
  };
  const auto entry = run(both(service(), running->threads.executor(0), name("ann")));
  ASSERT_TRUE(entry);
  EXPECT_EQ((*entry)->profile.image_hash, sha256_hex("new face"));
  EXPECT_EQ(find().image_hash, sha256_hex("new face"));
  EXPECT_TRUE(*run(service().erase(name("ann"))));
  EXPECT_FALSE(*run(service().erase(name("ann"))));
}

TEST_F(ProfileServiceTest, who_was_seen_before_being_forgotten_is_not_adopted_after_it) {
  scraper().answer = FetchedProfile{"Ann", std::nullopt, std::nullopt};
  find();
  const std::uint64_t seen_at = service().erasures();
  EXPECT_TRUE(run(service().wants_live(name("ann"))));
  EXPECT_TRUE(*run(service().erase(name("ann"))));
  run(service().accept_live_avatar(name("ann"), "Ann L", face("live"), seen_at));
  EXPECT_FALSE(*run(service().erase(name("ann")))) << "she is back";
  run(service().accept_live_avatar(name("ann"), "Ann L", face("live"),
                                   service().erasures()));  // seen again
  EXPECT_EQ(find().source, Source::live);
  for (int i = 0; i < 1100; ++i) run(service().erase(name(("bob" + std::to_string(i)).c_str())));
  run(service().accept_live_avatar(name("carl"), "Carl", face("live"), seen_at));
  EXPECT_FALSE(*run(service().erase(name("carl")))) << "who was forgotten so long ago nobody knows";
}

TEST_F(ProfileServiceTest, a_lesser_source_that_fails_casts_no_doubt_on_a_sure_answer) {
  stop();
  start(true);
  scraper().answer = FetchedProfile();  // "no person or no picture" is valid for an hour
  running->generator.answer = Error(ErrorCode::upstream_error, "oops");
  EXPECT_EQ(find().source, Source::generator);
  EXPECT_TRUE(run(service().revalidate(name("ann"))));
  const int asked = scraper().asked;
  clock.advance(1h - 1ms);
  find(), settle();
  EXPECT_EQ(scraper().asked, asked);
  clock.advance(1ms);
  find(), settle();
  EXPECT_EQ(scraper().asked, asked + 1);
}

TEST_F(ProfileServiceTest, sources_are_asked_in_the_order_of_their_priority) {
  stop();
  options.sources[2].priority = 20;
  start(true);
  scraper().answer = fetched("page");
  running->generator.answer = fetched("made");
  EXPECT_EQ(find().image_hash, sha256_hex("made"));
  EXPECT_EQ(scraper().asked, 0);
  stop();
  options.sources[2] = {true, 3, std::chrono::days(30), 4s};
  options.sources[3].priority = 5;
  start();
  scraper().answer = FetchedProfile();
  EXPECT_EQ(find("bob").source, Source::initials);
}

TEST_F(ProfileServiceTest, initials_are_those_of_the_nickname_also_while_the_scraper_fails) {
  stop();
  options.sources[2].enabled = false;
  start();
  scraper().answer = FetchedProfile{"Zoe Quinn", std::nullopt, std::nullopt};
  const std::string hash = find().image_hash;
  scraper().answer = Error(ErrorCode::upstream_timeout, "late");
  EXPECT_FALSE(run(service().revalidate(name("ann"))));
  EXPECT_EQ(find().image_hash, hash);
  EXPECT_EQ(find().nickname, "Zoe Quinn");
  FetchedProfile unseen{"New Name", std::nullopt, Error(ErrorCode::not_found, "its picture is gone")};
  scraper().answer = std::move(unseen);
  EXPECT_FALSE(run(service().revalidate(name("ann"))));
  EXPECT_EQ(find().nickname, "New Name");
}

TEST_F(ProfileServiceTest, a_store_that_cannot_be_read_does_not_keep_anybody_from_an_answer) {
  scraper().answer = fetched("page");
  run(running->writer->write(running->threads.executor(0),
                             [](sqlite::Database& database) { database.execute("DROP TABLE profiles"); }));
  EXPECT_EQ(find().image_hash, sha256_hex("page"));
}

TEST_F(ProfileServiceTest, who_writes_without_having_read_replaces_no_unexpired_higher_source) {
  run(service().accept_live_avatar(name("ann"), "Ann", face("live"), 0));
  const auto save = [&](UnixMs cached_at) {
    Profile drawn = find();
    drawn.source = Source::generator, drawn.priority = 3, drawn.image_hash = sha256_hex("drawn");
    drawn.cached_at = cached_at;
    const auto entry =
        std::make_shared<const ProfileEntry>(std::move(drawn), std::make_shared<const Image>(face("drawn")));
    EXPECT_TRUE(run(running->store->save(running->threads.executor(0), entry)));
    running->cache.erase("ann");
  };
  save(clock.now_ms());
  EXPECT_EQ(find().image_hash, sha256_hex("live"));
  save(clock.now_ms() + 7 * day);
  EXPECT_EQ(find().image_hash, sha256_hex("drawn"));
}

TEST_F(ProfileServiceTest, what_has_expired_can_be_cleared_and_its_pictures_with_it) {
  for (int i = 0; i < 1100; ++i) {
    scraper().answer = fetched("face " + std::to_string(i % 700));
    find(("user" + std::to_string(i)).c_str());
  }
  clock.advance(23h);
  scraper().answer = fetched("face 7");
  find("late");
  EXPECT_EQ(*run(service().clear_expired()), 0U);
  clock.advance(1h);
  EXPECT_EQ(*run(service().clear_expired()), 1100U);
  EXPECT_EQ(find("late").image_hash, sha256_hex("face 7"));
  EXPECT_EQ(running->cache.size(), 1U);
  stop();
  auto database = sqlite::Database::open(path);
  auto hashes = database->prepare("SELECT hash FROM profile_images");
  ASSERT_TRUE(hashes.step());
  EXPECT_EQ(hashes.text(0), sha256_hex("face 7"));
  EXPECT_FALSE(hashes.step());
}

TEST_F(ProfileServiceTest, a_live_face_replaces_the_scrapers_and_not_the_other_way_round) {
  scraper().answer = fetched("page");
  find();
  EXPECT_TRUE(run(service().wants_live(name("ann"))));
  run(service().accept_live_avatar(name("ann"), "Ann L", face("live"), 0));
  EXPECT_EQ(find().source, Source::live);
  EXPECT_EQ(find().nickname, "Ann L");
  EXPECT_EQ(find().expires_at - find().cached_at, 7 * day);
  EXPECT_FALSE(run(service().wants_live(name("ann"))));
  run(service().revalidate(name("ann")));
  EXPECT_EQ(find().image_hash, sha256_hex("live"));
  EXPECT_EQ(scraper().asked, 1);
  clock.advance(24h);  // the picture may have changed since
  EXPECT_TRUE(run(service().wants_live(name("ann"))));
  clock.advance(7 * 24h);
  find(), settle();
  EXPECT_EQ(find().image_hash, sha256_hex("page"));
}

TEST_F(ProfileServiceTest, a_live_face_that_comes_during_a_look_up_stays) {
  scraper().answer = fetched("page");
  scraper().held = true;
  auto answer = net::co_spawn(running->threads.executor(0), service().find(name("ann")), net::use_future);
  while (run([](ScriptedSource& s) -> Task<bool> { co_return s.asked == 0; }(scraper()))) {
  }
  auto adopted =
      net::co_spawn(running->threads.executor(0),
                    service().accept_live_avatar(name("ann"), "Ann", face("live"), 0), net::use_future);
  net::post(running->threads.executor(0), [this] { scraper().open(); });
  EXPECT_EQ((*answer.get())->profile.image_hash, sha256_hex("page"));
  adopted.get();
  EXPECT_EQ(find().image_hash, sha256_hex("live"));
  stop();
  start();
  EXPECT_EQ(find().image_hash, sha256_hex("live"));
}

}  // namespace
}  // namespace papi::profiles
