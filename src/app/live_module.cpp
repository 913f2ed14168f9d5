#include "app/live_module.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "app/options.hpp"
#include "app/work_end.hpp"
#include "engagement/totals.hpp"
#include "live/session_stream.hpp"

namespace papi::app {
namespace {

constexpr std::size_t remembered_sessions = 100'000;

}  // namespace

Task<Result<LiveModule::Known>> LiveModule::load(Executor executor, Storage& storage) {
  Known known;
  CO_TRY(known.sessions.sessions, co_await storage.events().load_sessions(executor, remembered_sessions));
  CO_TRY(known.sessions.shares, co_await storage.shares().load(executor));
  CO_TRY(known.gifts, co_await storage.gifts().load(executor));
  co_return known;
}

LiveModule::LiveModule(const Settings& s, const Dependencies& deps, Known known)
    : deps_(deps),
      resume_(s.live_resume_sessions),
      http_(http_client_options(s, deps.max_fetches)),
      tls_(net::ssl::context::tls_client),
      policy_(subscriber_policy(s)),
      fan_out_(deps.io_threads, deps.clock),
      lookup_(http_, deps.hosts, deps.browser),
      sign_(http_, deps.hosts, deps.browser, sign_secrets(s, deps.browser), s.tiktok_sign_per_minute,
            deps.log, deps.clock),
      gifts_(live::GiftList::Dependencies{deps.executor, http_, deps.hosts, deps.browser,
                                          deps.storage.gifts(), deps.log, deps.clock},
             live::GiftList::Options(), std::move(known.gifts)),
      live_(live::LiveDependencies{deps.executor, lookup_, sign_, tls_, deps.browser, deps.hosts, gifts_,
                                   s.tiktok_proxy ? &*s.tiktok_proxy : nullptr, deps.people,
                                   deps.storage.picture_keys(), engagement::totals_of,
                                   deps.storage.shown_offsets(), deps.trusted_clock, deps.log, deps.clock,
                                   deps.random, upstream_metrics_},
            live_options(s, deps.max_rooms), deps.storage.events(), fan_out_,
            live::LiveService::Sharing{deps.storage.shares(), deps.readers}, std::move(known.sessions)),
      retention_job_(events::RetentionJob::Dependencies{deps.storage.events(), deps.executor, deps.clock,
                                                        deps.trusted_clock, deps.log},
                     retention(s), s.events_retention_interval) {
  if (s.tiktok_ca_file.empty()) {
    tls_.set_default_verify_paths();
  } else {
    tls_.load_verify_file(s.tiktok_ca_file);
  }
}

void LiveModule::start() {
  if (resume_) {
    net::co_spawn(deps_.executor, live_.resume(), net::detached);
  } else {
    net::post(deps_.executor, [this] { live_.disconnect_all(); });
  }
  trimming_ = net::co_spawn(deps_.executor, retention_job_.run(), net::use_future);
}

bool LiveModule::stop(std::chrono::steady_clock::time_point deadline) {
  net::post(deps_.executor, [this] { retention_job_.stop(); });
  const auto rooms = net::co_spawn(deps_.executor, live_.stop(), net::use_future);
  bool in_order = ended_in_time(rooms, deadline, "Live rooms did not stop in time", deps_.log);
  in_order &= ended_soon(trimming_, "Retention did not stop in time", deps_.log);
  return in_order;
}

std::vector<http::Route> LiveModule::routes(const live::RecordShare& record_share,
                                            live::GiftPictures gift_pictures) {
  const events::SubscriptionDependencies subscription{live_, deps_.storage.events(), fan_out_};
  std::vector<http::Route> all;
  for (auto& route : live::live_routes(live_, fan_out_, lookup_)) all.push_back(std::move(route));
  all.push_back(live::session_stream_route(live_, fan_out_.changes(), policy_));
  for (auto& route : live::share_routes(live_, record_share)) all.push_back(std::move(route));
  for (auto& route : live::gift_routes({gifts_, deps_.executor, std::move(gift_pictures)}))
    all.push_back(std::move(route));
  for (auto& route : events::event_routes(subscription, policy_)) all.push_back(std::move(route));
  return all;
}

}  // namespace papi::app
