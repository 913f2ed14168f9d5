// How ProfileService finds, refreshes, keeps and erases profiles.

#include "profiles/profile_service_fixture.hpp"

namespace papi::profiles::testing_profiles {

using ProfileServiceTest = ProfileServiceFixture;

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

}  // namespace papi::profiles::testing_profiles
