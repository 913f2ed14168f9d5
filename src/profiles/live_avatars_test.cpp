#include "profiles/live_avatars.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"
#include "profiles/sqlite_profile_store.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::profiles {
namespace {

/// No worker runs, so queued people stay in the queue.
struct LiveAvatarsTest : testing::Test {
  LiveAvatarsTest() : threads(1), http(HttpClient::Options()) {
    auto database = sqlite::Database::open(path);
    EXPECT_TRUE(schema::migrate(*database));
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    readers = std::move(*sqlite::Readers::open(path, 1, log));
    store.emplace(*writer, *readers);
    service.emplace(ProfileService::Dependencies{threads.executor(0), *store, cache, nullptr, nullptr, log,
                                                 clock, random},
                    ProfileOptions());
    pictures.emplace(http, PictureHosts(), ImageLimits(), std::vector<std::string>(), log, clock);
  }
  ~LiveAvatarsTest() override {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  static events::User user(std::uint64_t id, const std::string& name, const std::string& picture) {
    events::User user;
    user.id = events::UserId(id);
    user.username = name;
    user.avatar_url = picture;
    return user;
  }

  std::string path = testing::TempDir() + "faces_" + random_hex(6) + ".db";
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  Random random{7};
  IoThreads threads;
  ProfileCache cache{ProfileCache::Limits()};
  std::optional<sqlite::Writer> writer;
  std::unique_ptr<sqlite::Readers> readers;
  std::optional<SqliteProfileStore> store;
  std::optional<ProfileService> service;
  HttpClient http;
  std::optional<PictureFetcher> pictures;
};

const std::string face_url = "https://p16.tiktokcdn.com/tos-maliva-avt/abc~c5_100x100.webp";

TEST_F(LiveAvatarsTest, notes_each_person_once_in_a_while) {
  LiveAvatars avatars(*service, *pictures, LiveAvatars::Options(), log, clock);
  for (int i = 0; i < 3; ++i) {
    avatars.seen(user(1, "ann", face_url));
    avatars.seen(user(2, "bob", face_url));
  }
  EXPECT_EQ(avatars.waiting(), 2u);
  clock.advance(std::chrono::hours(7));
  avatars.seen(user(1, "ann", face_url));
  EXPECT_EQ(avatars.waiting(), 3u);
}

TEST_F(LiveAvatarsTest, hosts_that_keep_failing_are_left_alone_for_a_while) {
  EXPECT_TRUE(service->live_may_try());
  service->live_failed(false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(service->live_may_try());
    service->live_failed(true);
  }
  EXPECT_FALSE(service->live_may_try());
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(service->live_may_try()) << "one try decides";
  EXPECT_FALSE(service->live_may_try());
}

TEST_F(LiveAvatarsTest, a_host_that_gave_a_picture_works_although_the_picture_is_not_taken_over) {
  for (int i = 0; i < 3; ++i) service->live_failed(true);
  clock.advance(std::chrono::minutes(1));
  ASSERT_TRUE(service->live_may_try());
  // The person is erased while the picture is fetched.
  threads.start();
  const std::uint64_t seen_at = service->erasures();
  const auto ann = *Username::parse("ann");
  ASSERT_TRUE(net::co_spawn(threads.executor(0), service->erase(ann), net::use_future).get());
  net::co_spawn(threads.executor(0), service->accept_live_avatar(ann, "Ann", Image(), seen_at),
                net::use_future)
      .get();
  EXPECT_TRUE(service->live_may_try());
  EXPECT_EQ(service->in_memory(ann), nullptr);
}

TEST_F(LiveAvatarsTest, the_picture_of_those_who_have_none_is_nobodys_face) {
  LiveAvatars avatars(*service, *pictures, LiveAvatars::Options(), log, clock);
  avatars.seen(user(1, "ann", "https://p16.tiktokcdn.com/tos-maliva-avt/1594805258216454~c5_100x100.webp"));
  avatars.seen(user(2, "bob", ""));
  avatars.seen(user(3, "", face_url));
  EXPECT_EQ(avatars.waiting(), 0u);
  avatars.seen(user(1, "ann", face_url));  // has set a picture since
  EXPECT_EQ(avatars.waiting(), 1u);
}

TEST_F(LiveAvatarsTest, a_full_queue_leaves_people_out_until_they_are_seen_again) {
  LiveAvatars::Options options;
  options.queue = 2;
  LiveAvatars avatars(*service, *pictures, options, log, clock);
  for (std::uint64_t id = 1; id <= 3; ++id) avatars.seen(user(id, "user" + std::to_string(id), face_url));
  EXPECT_EQ(avatars.waiting(), 2u);
  EXPECT_EQ(avatars.left_out(), 1u);
  avatars.seen(user(3, "user3", face_url));
  EXPECT_EQ(avatars.left_out(), 2u) << "not remembered as seen";
}

}  // namespace
}  // namespace papi::profiles
