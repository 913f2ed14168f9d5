#include "app/application.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "auth/api_key.hpp"
#include "engagement/engagement_routes.hpp"
#include "events/event_routes.hpp"
#include "events/retention.hpp"
#include "live/live_routes.hpp"
#include "ops/health_routes.hpp"
#include "platform/base/version.hpp"
#include "platform/http/middlewares.hpp"
#include "platform/http/server.hpp"
#include "platform/net/http_client.hpp"
#include "profiles/live_faces.hpp"
#include "profiles/profile_page_source.hpp"
#include "profiles/profile_routes.hpp"

namespace papi::app {
namespace {

constexpr int remembered_sessions = 100'000;
constexpr std::size_t reader_threads = 2;

http::FixedHeaders fixed_headers(const Settings& s) {
  http::FixedHeaders headers;
  if (!s.security_headers) return headers;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) headers.all += std::string(name) + ": " + value + "\r\n";
  };
  add("X-Content-Type-Options", "nosniff");
  add("X-Frame-Options", s.frame_options);
  add("Referrer-Policy", s.referrer_policy);
  add("Permissions-Policy", s.permissions_policy);
  add("Content-Security-Policy", s.content_security_policy);
  if (!s.hsts.empty()) headers.tls_only = "Strict-Transport-Security: " + s.hsts + "\r\n";
  return headers;
}

http::ServerOptions server_options(const Settings& s) {
  http::ServerOptions options;
  options.limits.header_bytes = static_cast<std::size_t>(s.max_header_bytes);
  options.limits.target_bytes = static_cast<std::size_t>(s.max_url_bytes);
  options.limits.body_bytes = static_cast<std::size_t>(s.max_body_bytes);
  options.websocket.message_bytes = static_cast<std::size_t>(s.websocket_max_message_bytes);
  options.websocket.outbox_frames = static_cast<std::size_t>(s.subscriber_queue_max);
  options.websocket.ping_interval = std::chrono::seconds(s.websocket_ping_interval);
  options.header_time = std::chrono::seconds(s.request_timeout);
  options.idle_time = std::chrono::seconds(s.idle_timeout);
  options.max_connections = static_cast<std::size_t>(s.max_connections);
  options.fixed_headers = fixed_headers(s);
  return options;
}

events::SubscriberPolicy subscriber_policy(const Settings& s) {
  events::SubscriberPolicy policy;
  policy.queue_max = static_cast<std::size_t>(s.subscriber_queue_max);
  policy.drop_likes = s.subscriber_queue_policy == "drop_likes";
  policy.heartbeat = std::chrono::seconds(s.sse_heartbeat);
  return policy;
}

live::LiveService::Options live_options(const Settings& s) {
  using std::chrono::seconds;
  live::LiveService::Options options;
  options.follower.silence = seconds(s.live_silence_timeout);
  options.follower.timing.max_backoff = seconds(s.live_backoff_max);
  options.follower.timing.live_check = seconds(s.live_check_interval);
  options.connect_limit = seconds(s.live_connect_timeout);
  options.max_sessions = static_cast<std::size_t>(s.live_max_sessions);
  options.follower.streak_idle = seconds(s.live_streak_timeout);
  return options;
}

events::Retention retention(const Settings& s) {
  events::Retention limits;
  limits.max_age_ms = s.events_retention_days * 86'400'000;
  limits.max_events = s.events_max_per_session;
  limits.max_bytes = s.events_max_mb_per_session * 1024 * 1024;
  return limits;
}

live::TikTokHosts tiktok_hosts(const Settings& s) {
  live::TikTokHosts hosts;
  hosts.web = s.tiktok_web_url;
  hosts.webcast = s.tiktok_webcast_url;
  hosts.sign = s.tiktok_sign_url;
  hosts.timeout = std::chrono::seconds(s.tiktok_http_timeout);
  return hosts;
}

live::Browser browser(const Settings& s, Random& random) {
  live::Browser browser;
  if (!s.tiktok_session_id.empty()) {
    const std::string& id = s.tiktok_session_id.reveal();
    browser.account = Secret("sessionid=" + id + "; sessionid_ss=" + id + "; sid_tt=" + id +
                             "; tt-target-idc=" + s.tiktok_target_idc);
  }
  browser.device_id = std::to_string(random.between(7'000'000'000'000'000'000, 7'999'999'999'999'999'999));
  return browser;
}

live::SignClient::Secrets sign_secrets(const Settings& s, const live::Browser& browser) {
  live::SignClient::Secrets secrets;
  secrets.api_key = s.tiktok_sign_api_key;
  if (!s.tiktok_session_sign_host.empty()) secrets.account = browser.account;
  return secrets;
}

sqlite::Durability durability(const Settings& s) {
  return s.events_durability == "strict" ? sqlite::Durability::strict : sqlite::Durability::batched;
}

std::size_t io_thread_count(const Settings& s) {
  return s.web_concurrency > 0 ? static_cast<std::size_t>(s.web_concurrency)
                               : std::max(1u, std::thread::hardware_concurrency());
}

HttpClient::Options http_client_options(const Settings& s) {
  HttpClient::Options options;
  options.ca_file = s.tiktok_ca_file;
  options.proxy = s.tiktok_proxy;
  return options;
}

/// Profile pages and pictures: addresses that others may choose.
HttpClient::Options picture_client_options(const Settings& s) {
  HttpClient::Options options = http_client_options(s);
  options.public_only = true;
  return options;
}

/// `host:port` of a web origin that is loopback on purpose, as with the simulator; else nothing.
std::optional<std::string> loopback_authority(const Settings& s) {
  const std::string authority = s.tiktok_web_url.substr(s.tiktok_web_url.find("://") + 3);
  for (const std::string_view host : {"127.0.0.1:", "localhost:", "[::1]:"}) {
    if (authority.starts_with(host)) return authority;
  }
  return std::nullopt;
}

profiles::PictureHosts picture_hosts(const Settings& s) {
  profiles::PictureHosts hosts = s.avatar_hosts;
  if (auto authority = loopback_authority(s)) hosts.add_loopback(std::move(*authority));
  return hosts;
}

profiles::ImageLimits image_limits(const Settings& s) {
  profiles::ImageLimits limits;
  limits.max_bytes = static_cast<std::size_t>(s.avatar_max_size_mb) * 1024 * 1024;
  limits.max_pixels = static_cast<std::uint64_t>(s.avatar_max_megapixels) * 1'000'000;
  return limits;
}

/// The same browser, but not logged in: who looks at people is nobody's account.
std::vector<std::string> page_headers(const Settings& s, live::Browser browser) {
  browser.account = Secret();
  return browser.headers(s.tiktok_web_url + "/");
}
std::vector<std::string> picture_headers(const Settings& s, const live::Browser& browser) {
  return {"User-Agent: " + browser.user_agent, "Referer: " + s.tiktok_web_url + "/",
          "Accept-Language: " + browser.language + ",en;q=0.9",
          "Accept: image/webp,image/png,image/jpeg,image/gif;q=0.8"};
}

profiles::ProfilePageSource::Options page_source_options(const Settings& s, const live::Browser& browser) {
  profiles::ProfilePageSource::Options options;
  options.origin = s.tiktok_web_url;
  options.headers = page_headers(s, browser);
  options.loopback = loopback_authority(s).has_value();
  options.per_minute = s.avatar_scraper_per_minute;
  return options;
}

profiles::ProfileOptions profile_options(const Settings& s) {
  using profiles::Source;
  profiles::ProfileOptions options;
  const auto source = [&options](Source which) -> profiles::SourceSettings& {
    return options.sources[static_cast<std::size_t>(which)];
  };
  source(Source::live).enabled = s.avatar_live_enabled;
  source(Source::live).priority = s.avatar_live_priority;
  source(Source::live).lifetime_ms = s.avatar_live_lifetime * 1000;
  source(Source::scraper) = {s.avatar_scraper_enabled, s.avatar_scraper_priority,
                             s.avatar_scraper_lifetime * 1000,
                             std::chrono::seconds(s.avatar_scraper_timeout)};
  source(Source::generator).timeout = std::chrono::seconds(s.avatar_generator_timeout);
  source(Source::generator).enabled = s.avatar_generator_enabled;
  source(Source::generator).priority = s.avatar_generator_priority;
  source(Source::generator).lifetime_ms = s.avatar_generator_lifetime * 1000;
  source(Source::initials).priority = s.avatar_initials_priority;
  source(Source::initials).lifetime_ms = s.avatar_initials_lifetime * 1000;
  options.retry_ms = s.avatar_retry * 1000;
  options.negative_ms = s.avatar_negative_lifetime * 1000;
  return options;
}

profiles::LiveFaces::Options live_faces_options(const Settings& s) {
  profiles::LiveFaces::Options options;
  options.enabled = s.avatar_live_enabled;
  options.timeout = std::chrono::seconds(s.avatar_live_timeout);
  options.per_minute = s.avatar_live_per_minute;
  options.queue = static_cast<std::size_t>(s.avatar_live_queue);
  return options;
}

profiles::ProfileCache::Limits cache_limits(const Settings& s) {
  profiles::ProfileCache::Limits limits;
  limits.items = static_cast<std::size_t>(s.cache_max_size);
  limits.bytes = static_cast<std::size_t>(s.cache_max_memory_mb) * 1024 * 1024;
  return limits;
}

}  // namespace

/// In the order of construction; destruction is the reverse.
struct Application::Parts {
  Parts(const Settings& s, Logger& log, const Clock& clock, sqlite::Database database,
        std::unique_ptr<sqlite::Readers> database_readers, live::LiveService::Known known)
      : live_thread(1),
        profile_thread(1),
        io_threads(io_thread_count(s)),
        random(Random::from_system()),
        profile_random(Random::from_system()),
        hosts(tiktok_hosts(s)),
        as_browser(browser(s, random)),
        writer(std::move(database), durability(s), log),
        readers(std::move(database_readers)),
        store(writer, *readers, s.events_durability != "off", &figures),
        http(http_client_options(s)),
        tls(net::ssl::context::tls_client),
        policy(subscriber_policy(s)),
        fan_out(io_threads),
        lookup(http, hosts, as_browser),
        sign(http, hosts, as_browser, sign_secrets(s, as_browser), clock),
        gifts(live_thread.executor(0), http, hosts, as_browser, log, clock),
        picture_http(picture_client_options(s)),
        pictures(picture_http, picture_hosts(s), image_limits(s), picture_headers(s, as_browser), log, clock),
        profile_pages(picture_http, pictures, page_source_options(s, as_browser), log, clock),
        generated(picture_http, s.avatar_generator_urls.hosts(), image_limits(s),
                  {"User-Agent: profile-api/" + std::string(version)}, log, clock),
        generator(generated, s.avatar_generator_urls, clock),
        profile_store(writer, *readers),
        profile_cache(cache_limits(s)),
        profiles(profiles::ProfileService::Parts{profile_thread.executor(0), profile_store, profile_cache,
                                                 &profile_pages,
                                                 s.avatar_generator_urls.empty() ? nullptr : &generator, log,
                                                 clock, profile_random},
                 profile_options(s)),
        faces(profiles, pictures, live_faces_options(s), log, clock),
        live(live::LiveParts{live_thread.executor(0), lookup, sign, tls, as_browser, hosts, gifts,
                             s.tiktok_proxy ? &*s.tiktok_proxy : nullptr, faces, log, clock, random},
             live_options(s), store, fan_out, std::move(known)),
        retainer(store, live_thread.executor(0), clock, retention(s),
                 std::chrono::seconds(s.events_retention_interval)),
        pipeline(http::RouteTable(routes(clock)), middlewares(s, log, clock)),
        server(io_threads, pipeline, server_options(s), log, clock) {
    if (s.tiktok_ca_file.empty()) {
      tls.set_default_verify_paths();
    } else {
      tls.load_verify_file(s.tiktok_ca_file);
    }
  }

  std::vector<http::Route> routes(const Clock& clock) {
    std::vector<http::Route> all;
    for (auto& route : ops::health_routes(health, clock)) all.push_back(std::move(route));
    for (auto& route : live::live_routes(live, fan_out)) all.push_back(std::move(route));
    const events::FeedParts feed{live, store, fan_out};
    for (auto& route : events::event_routes(feed, policy)) all.push_back(std::move(route));
    profiles::ProfileRouteParts people{profiles, store, writer, [this](std::string username) {
                                         return run_on(live.executor(),
                                                       live.forget_person(std::move(username)));
                                       }};
    for (auto& route : profiles::profile_routes(people)) all.push_back(std::move(route));
    const engagement::EngagementParts engagement{live, store, clock};
    for (auto& route : engagement::engagement_routes(engagement)) all.push_back(std::move(route));
    return all;
  }

  /// What every request passes, in this order.
  static std::vector<std::unique_ptr<http::Middleware>> middlewares(const Settings& s, Logger& log,
                                                                    const Clock& clock) {
    std::vector<std::unique_ptr<http::Middleware>> list;
    if (s.enable_correlation_id) list.push_back(std::make_unique<http::Correlation>());
    list.push_back(std::make_unique<http::Observe>(log, clock));
    list.push_back(std::make_unique<http::Guard>());
    list.push_back(std::make_unique<auth::AuthenticateKey>(s.api_key, log));
    list.push_back(std::make_unique<http::Permit>());
    return list;
  }

  // First made, last destroyed: the writer and the HTTP client answer to these threads until they are gone.
  IoThreads live_thread;
  IoThreads profile_thread;
  IoThreads io_threads;
  ops::Health health;
  Random random;          // the live thread's
  Random profile_random;  // the profile thread's
  const live::TikTokHosts hosts;
  const live::Browser as_browser;
  sqlite::Writer writer;
  std::unique_ptr<sqlite::Readers> readers;
  engagement::Figures figures;
  events::EventStore store;
  HttpClient http;
  net::ssl::context tls;
  events::SubscriberPolicy policy;
  events::FanOut fan_out;
  live::RoomLookup lookup;
  live::SignClient sign;
  live::GiftList gifts;
  HttpClient picture_http;
  profiles::PictureFetcher pictures;
  profiles::ProfilePageSource profile_pages;
  profiles::PictureFetcher generated;
  profiles::RemoteGenerator generator;
  profiles::ProfileStore profile_store;
  profiles::ProfileCache profile_cache;
  profiles::ProfileService profiles;
  profiles::LiveFaces faces;
  live::LiveService live;
  events::Retainer retainer;
  http::Pipeline pipeline;
  http::Server server;
  std::future<void> retaining;
  std::future<void> taking_faces;
};

Application::Application(const Settings& settings, Logger& log, const Clock& clock)
    : settings_(settings), log_(log), clock_(clock) {}
Application::~Application() = default;

Result<std::uint16_t> Application::start() {
  TRY(sqlite::Database database, sqlite::Database::open(settings_.sqlite_path()));
  if (auto prepared = events::EventStore::prepare(database); !prepared) return prepared.error();
  if (auto prepared = profiles::ProfileStore::prepare(database); !prepared) return prepared.error();
  if (auto prepared = engagement::Figures::prepare(database); !prepared) return prepared.error();
  live::LiveService::Known known;
  TRY(known.sessions, events::EventStore::load_sessions(database, remembered_sessions));
  TRY(known.last_key, events::EventStore::last_key(database));
  TRY(auto readers, sqlite::Readers::open(settings_.sqlite_path(), reader_threads, log_));
  parts_ = std::make_unique<Parts>(settings_, log_, clock_, std::move(database), std::move(readers),
                                   std::move(known));
  TRY(const std::uint16_t port,
      parts_->server.listen(settings_.host, static_cast<std::uint16_t>(settings_.port)));
  parts_->live_thread.start();
  // Before anybody can connect: a session must not be started twice.
  if (settings_.live_resume_sessions)
    net::co_spawn(parts_->live.executor(), parts_->live.resume(), net::detached);
  parts_->retaining = net::co_spawn(parts_->live.executor(), parts_->retainer.run(), net::use_future);
  parts_->profile_thread.start();
  parts_->taking_faces = net::co_spawn(parts_->profiles.executor(), parts_->faces.run(), net::use_future);
  parts_->io_threads.start();
  if (settings_.api_key.empty()) log_.warning("API_KEY is not set: every protected route answers 401");
  return port;
}

void Application::stop() {
  const auto deadline = std::chrono::seconds(settings_.shutdown_timeout);
  parts_->health.draining = true;
  parts_->live.refuse_new();       // requests that wait for a room end now
  parts_->profiles.ask_no_more();  // and those that wait for a picture
  parts_->picture_http.cancel_all();
  parts_->store.stop_long_work();
  parts_->server.stop(deadline * 7 / 10);  // 1001 to sockets, requests finish
  parts_->http.cancel_all();               // nothing of ours waits for TikTok any more
  net::post(parts_->live.executor(), [&retainer = parts_->retainer] { retainer.stop(); });
  auto followers = net::co_spawn(parts_->live.executor(), parts_->live.stop(), net::use_future);
  if (followers.wait_for(deadline * 2 / 10) == std::future_status::timeout)
    log_.warning("Live rooms did not stop in time");
  if (parts_->retaining.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
    log_.warning("Retention did not stop in time");
  net::post(parts_->profiles.executor(), [&faces = parts_->faces] { faces.stop(); });
  if (parts_->taking_faces.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
    log_.warning("Pictures of live events did not stop in time");
  auto profiles = net::co_spawn(parts_->profiles.executor(), parts_->profiles.stop(), net::use_future);
  if (profiles.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
    log_.warning("Profile look-ups did not stop in time");
  parts_->io_threads.stop();
  parts_->profile_thread.stop();
  parts_->live_thread.stop();
  parts_.reset();  // the writer commits what was accepted
}

}  // namespace papi::app
