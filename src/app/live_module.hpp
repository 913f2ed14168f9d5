#pragma once

#include <future>
#include <vector>

#include "app/settings.hpp"
#include "app/storage.hpp"
#include "events/event_routes.hpp"
#include "events/fan_out.hpp"
#include "events/person_sink.hpp"
#include "events/retention_job.hpp"
#include "live/gift_list.hpp"
#include "live/gift_routes.hpp"
#include "live/live_routes.hpp"
#include "live/live_service.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/metrics/exposition.hpp"
#include "platform/net/http_client.hpp"

namespace papi::app {

/// All parts of live/ and events/, constructed and connected: rooms, sessions, their event logs and those who
/// listen to them. They run on the thread of `executor`; what goes to listeners runs on the io threads. What
/// the dependencies name must outlive it.
class LiveModule {
 public:
  struct Dependencies {
    Executor executor;
    IoThreads& io_threads;
    Storage& storage;
    const live::TikTokHosts& hosts;
    const live::Browser& browser;
    Random& random;  // used on the executor's thread
    events::PersonSink& people;
    const events::ReaderDirectory& readers;  // whom a session may be shared with
    std::size_t max_rooms;
    std::size_t max_fetches;  // at a time
    TrustedClock& trusted_clock;
    Logger& log;
    const Clock& clock;
  };
  /// What a start reads from the storage.
  struct Known {
    live::LiveService::Known sessions;
    live::GiftStore::Known gifts;
  };
  static Task<Result<Known>> load(Executor executor, Storage& storage);

  LiveModule(const Settings& settings, const Dependencies& deps, Known known);

  /// Resumes the sessions that ran when the last process ended, or with LIVE_RESUME_SESSIONS=false ends them,
  /// and begins the background work. The executor's thread runs. Call it before anybody can connect, because
  /// a session must not be started twice.
  void start();
  /// The first step of the end: requests that wait for a room end.
  void refuse_new() { live_.refuse_new(); }
  /// Ends all requests to TikTok and to the sign server.
  void cancel_calls() { http_.cancel_all(); }
  /// Closes the upstream connections and stores what has come. Blocks. Returns false if some of it did not
  /// end in time.
  bool stop(std::chrono::steady_clock::time_point deadline);

  std::vector<http::Route> routes(const live::RecordShare& record_share, live::GiftPictures gift_pictures);
  live::LiveService& service() { return live_; }
  /// The requests to TikTok and to the sign server. Any thread.
  HttpClient::Load http_load() const { return http_.load(); }
  /// Writes the families of events and their delivery. Any thread.
  void write_metrics(metrics::Exposition& page);

 private:
  const Dependencies deps_;
  const bool resume_;
  HttpClient http_;
  net::ssl::context tls_;
  events::SubscriberPolicy policy_;
  events::FanOut fan_out_;
  live::RoomLookup lookup_;
  live::SignClient sign_;
  live::GiftList gifts_;
  live::UpstreamMetrics upstream_metrics_;
  live::LiveService live_;
  events::RetentionJob retention_job_;
  std::future<void> trimming_;
};

}  // namespace papi::app
