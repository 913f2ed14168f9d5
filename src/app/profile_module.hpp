#pragma once

#include <future>
#include <vector>

#include "app/settings.hpp"
#include "app/storage.hpp"
#include "events/person_sink.hpp"
#include "live/browser.hpp"
#include "live/gift_routes.hpp"
#include "platform/metrics/exposition.hpp"
#include "platform/net/http_client.hpp"
#include "profiles/erase_person.hpp"
#include "profiles/fetched_pictures.hpp"
#include "profiles/live_avatars.hpp"
#include "profiles/profile_page_source.hpp"
#include "profiles/profile_service.hpp"
#include "profiles/remote_generator.hpp"
#include "profiles/seen_people.hpp"

namespace papi::app {

/// All parts of profiles/, constructed and connected. They run on the thread of `executor`. What the
/// dependencies name must outlive it.
class ProfileModule {
 public:
  struct Dependencies {
    Executor executor;
    Storage& storage;
    const live::Browser& browser;  // how pictures and pages are asked for
    std::size_t max_fetches;       // at a time
    Logger& log;
    const Clock& clock;
  };
  ProfileModule(const Settings& settings, const Dependencies& deps);

  /// Begins the background work. The executor's thread runs.
  void start();
  /// The first step of the end: requests that wait for a picture end.
  void refuse_new();
  /// Saves what is to be saved and waits for the background work. Blocks. Returns false if some of it did not
  /// end in time.
  bool stop();

  std::vector<http::Route> routes(profiles::ErasePerson& erase_person);
  profiles::ProfileService& profiles() { return profiles_; }
  profiles::SeenPeople& people() { return people_; }
  const profiles::ProfileCache& cache() const { return cache_; }
  /// The requests for pages and pictures. Any thread.
  HttpClient::Load http_load() const { return http_.load(); }
  /// Writes the families of the cache. Any thread.
  void write_metrics(metrics::Exposition& page) const;
  /// Takes the people whom live events show.
  events::PersonSink& sink() { return sinks_; }
  /// How the pictures of gifts are fetched, and taken from the cache.
  live::GiftPictures gift_pictures();

 private:
  const Dependencies deps_;
  Random random_;
  HttpClient http_;
  profiles::PictureFetcher pictures_;
  profiles::ProfilePageSource pages_;
  profiles::PictureFetcher generated_;
  profiles::RemoteGenerator generator_;
  profiles::ProfileCache cache_;
  profiles::ProfileService profiles_;
  profiles::LiveAvatars avatars_;
  profiles::SeenPeople people_;
  events::PersonSinks sinks_;
  profiles::FetchedPictures gift_pictures_;
  std::future<void> taking_avatars_;
  std::future<void> saving_people_;
};

}  // namespace papi::app
