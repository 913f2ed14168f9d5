#include "profiles/live_faces.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::profiles {
namespace {

/// Nothing runs: what is noted waits.
struct LiveFacesTest : testing::Test {
  LiveFacesTest() : threads(1), http(HttpClient::Options()) {
    auto database = sqlite::Database::open(path);
    EXPECT_TRUE(ProfileStore::prepare(*database));
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    readers = std::move(*sqlite::Readers::open(path, 1, log));
    store.emplace(*writer, *readers);
    service.emplace(
        ProfileService::Parts{threads.executor(0), *store, cache, nullptr, nullptr, log, clock, random},
        ProfileOptions());
    pictures.emplace(http, PictureHosts(), ImageLimits(), std::vector<std::string>(), log, clock);
  }
  ~LiveFacesTest() override {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  static events::User user(std::uint64_t id, const std::string& name, const std::string& picture) {
    events::User user;
    user.id = id, user.username = name, user.avatar_url = picture;
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
  std::optional<ProfileStore> store;
  std::optional<ProfileService> service;
  HttpClient http;
  std::optional<PictureFetcher> pictures;
};

const std::string face_url = "https://p16.tiktokcdn.com/tos-maliva-avt/abc~c5_100x100.webp";

TEST_F(LiveFacesTest, notes_each_person_once_in_a_while) {
  LiveFaces faces(*service, *pictures, LiveFaces::Options(), log, clock);
  for (int i = 0; i < 3; ++i) faces.seen(user(1, "ann", face_url)), faces.seen(user(2, "bob", face_url));
  EXPECT_EQ(faces.waiting(), 2u);
  clock.advance(std::chrono::hours(7));
  faces.seen(user(1, "ann", face_url));
  EXPECT_EQ(faces.waiting(), 3u);
}

TEST_F(LiveFacesTest, hosts_that_keep_failing_are_left_alone_for_a_while) {
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

TEST_F(LiveFacesTest, the_picture_of_those_who_have_none_is_nobodys_face) {
  LiveFaces faces(*service, *pictures, LiveFaces::Options(), log, clock);
  faces.seen(user(1, "ann", "https://p16.tiktokcdn.com/tos-maliva-avt/1594805258216454~c5_100x100.webp"));
  faces.seen(user(2, "bob", ""));
  faces.seen(user(3, "", face_url));
  EXPECT_EQ(faces.waiting(), 0u);
  faces.seen(user(1, "ann", face_url));  // has set one since
  EXPECT_EQ(faces.waiting(), 1u);
}

TEST_F(LiveFacesTest, a_full_queue_leaves_people_out_until_they_are_seen_again) {
  LiveFaces::Options options;
  options.queue = 2;
  LiveFaces faces(*service, *pictures, options, log, clock);
  for (std::uint64_t id = 1; id <= 3; ++id) faces.seen(user(id, "user" + std::to_string(id), face_url));
  EXPECT_EQ(faces.waiting(), 2u);
  EXPECT_EQ(faces.left_out(), 1u);
  faces.seen(user(3, "user3", face_url));
  EXPECT_EQ(faces.left_out(), 2u) << "not remembered as seen";
}

}  // namespace
}  // namespace papi::profiles
