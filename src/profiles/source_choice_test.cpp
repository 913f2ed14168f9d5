// Which source ProfileService asks, and which answer it prefers.

#include "profiles/drawn_avatar.hpp"
#include "profiles/profile_service_fixture.hpp"

namespace papi::profiles::testing_profiles {

using SourceChoiceTest = ProfileServiceFixture;

TEST_F(SourceChoiceTest, a_failing_scraper_gives_way_to_the_drawn_face_and_is_asked_again_soon) {
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

TEST_F(SourceChoiceTest, who_has_no_picture_is_drawn_and_that_is_believed_for_a_while) {
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

TEST_F(SourceChoiceTest, initials_follow_where_nothing_is_to_be_drawn) {
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

TEST_F(SourceChoiceTest, a_remote_generator_comes_between_and_gets_what_time_is_left) {
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

TEST_F(SourceChoiceTest, a_face_is_not_given_up_for_a_drawing_while_the_scraper_fails) {
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

TEST_F(SourceChoiceTest, an_unexpired_face_outlives_a_scraper_that_finds_none) {
  scraper().answer = fetched("face");
  find();
  scraper().answer = FetchedProfile();
  clock.advance(1h);
  EXPECT_TRUE(run(service().revalidate(name("ann"))));
  EXPECT_EQ(find().image_hash, sha256_hex("face"));
}

TEST_F(SourceChoiceTest, a_source_that_fails_is_left_alone_and_then_tried_once) {
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

TEST_F(SourceChoiceTest, a_block_opens_the_breaker_at_once_and_one_bad_picture_never) {
  scraper().answer = Error(ErrorCode::not_found, "no picture");
  for (const char* who : {"u1", "u2", "u3", "u4"}) find(who);
  EXPECT_EQ(scraper().asked, 4);
  scraper().answer = Error(ErrorCode::blocked, "captcha");
  find("u5"), find("u6");
  EXPECT_EQ(scraper().asked, 5);
}

TEST_F(SourceChoiceTest, a_spent_budget_says_nothing_of_the_source) {
  scraper().answer = Error(ErrorCode::unavailable, "budget");
  for (const char* who : {"u1", "u2", "u3", "u4", "u5"}) EXPECT_EQ(find(who).source, Source::generator);
  EXPECT_EQ(scraper().asked, 5);
  EXPECT_EQ(
      run([](ProfileService& s) -> Task<std::vector<SourceHealth>> { co_return s.health(); }(service()))[1]
          .asked,
      0U);
}

TEST_F(SourceChoiceTest, a_lesser_source_that_fails_casts_no_doubt_on_a_sure_answer) {
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

TEST_F(SourceChoiceTest, sources_are_asked_in_the_order_of_their_priority) {
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

TEST_F(SourceChoiceTest, initials_are_those_of_the_nickname_also_while_the_scraper_fails) {
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

TEST_F(SourceChoiceTest, a_live_face_replaces_the_scrapers_and_not_the_other_way_round) {
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

}  // namespace papi::profiles::testing_profiles
