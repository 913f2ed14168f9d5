#include "app/application.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "app/access.hpp"
#include "app/account_readers.hpp"
#include "app/options.hpp"
#include "auth/founding.hpp"
#include "engagement/engagement_routes.hpp"
#include "events/ended_logs.hpp"
#include "events/event_routes.hpp"
#include "events/retention.hpp"
#include "live/gift_routes.hpp"
#include "live/live_routes.hpp"
#include "ops/health_routes.hpp"
#include "platform/base/descriptors.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/base/version.hpp"
#include "platform/http/cors.hpp"
#include "platform/http/middlewares.hpp"
#include "platform/http/server.hpp"
#include "platform/net/http_client.hpp"
#include "platform/net/server_tls.hpp"
#include "platform/sqlite/file_watch.hpp"
#include "profiles/fetched_pictures.hpp"
#include "profiles/live_faces.hpp"
#include "profiles/profile_page_source.hpp"
#include "profiles/profile_routes.hpp"

namespace papi::app {
namespace {

constexpr std::size_t reader_threads = 2;
constexpr std::chrono::milliseconds gift_picture_timeout{5'000};
constexpr std::size_t http_clients = 2;

std::size_t fetches_of_each(const DescriptorShares& shares) {
  return std::max<std::size_t>(1, shares.fetches / http_clients);
}

}  // namespace

/// In the order of construction; destruction is the reverse.
struct Application::Parts {
  Parts(const Settings& s, Logger& log, const Clock& clock, sqlite::Database database,
        const std::string& path, sqlite::OwnerLock* owner, std::uint32_t file_stamp,
        std::unique_ptr<sqlite::Readers> database_readers, std::unique_ptr<sqlite::Readers> readers_of_access,
        live::LiveService::Known known, std::vector<auth::EnvironmentKey> environment,
        auth::TokenKeys token_keys, events::PictureKeys keys_of_pictures, live::GiftStore::Known known_gifts,
        events::LogIdentity* identity)
      : live_thread(1),
        profile_thread(1),
        access_thread(1),
        io_threads(io_thread_count(s)),
        shares(shares_of(s, io_threads.size(), log)),
        random(Random::from_system()),
        profile_random(Random::from_system()),
        hosts(tiktok_hosts(s)),
        as_browser(browser(s, random)),
        picture_keys(std::move(keys_of_pictures)),
        trusted_clock(clock),
        watch(path, log, watch_options(owner, file_stamp)),
        writer(std::move(database), durability(s), log, &watch),
        write_check(access_thread.executor(0), writer, clock, ops::WriteCheck::Options()),
        readers(std::move(database_readers)),
        access_readers(std::move(readers_of_access)),
        access(s,
               Access::Parts{access_thread.executor(0), writer, *access_readers, *readers, log, clock,
                             trusted_clock},
               std::move(environment), std::move(token_keys)),
        account_readers(access.book(), clock),
        shares_of_sessions(writer),
        store(writer, *readers, s.events_durability != "off", &figures),
        http(http_client_options(s, fetches_of_each(shares))),
        tls(net::ssl::context::tls_client),
        policy(subscriber_policy(s)),
        fan_out(io_threads),
        lookup(http, hosts, as_browser),
        sign(http, hosts, as_browser, sign_secrets(s, as_browser), s.tiktok_sign_per_minute, log, clock),
        gift_store(writer),
        gifts(live::GiftList::Parts{live_thread.executor(0), http, hosts, as_browser, gift_store, log, clock},
              live::GiftList::Options(), std::move(known_gifts)),
        picture_http(picture_client_options(s, fetches_of_each(shares))),
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
        people(writer, *readers, profile_thread.executor(0), profiles::SeenPeople::Options(), log, clock),
        sinks({&people, &faces}),
        gift_pictures(
            profile_thread.executor(0),
            [this](std::string url) {
              return pictures.fetch(profile_thread.executor(0), std::move(url), gift_picture_timeout);
            },
            profiles::FetchedPictures::Options(), log, clock),
        live(live::LiveParts{live_thread.executor(0), lookup, sign, tls, as_browser, hosts, gifts,
                             s.tiktok_proxy ? &*s.tiktok_proxy : nullptr, sinks, picture_keys, identity,
                             trusted_clock, log, clock, random},
             live_options(s, shares.rooms), store, fan_out,
             live::LiveService::Sharing{shares_of_sessions, account_readers}, std::move(known)),
        retainer(events::Retainer::Parts{store, live_thread.executor(0), clock, trusted_clock, log},
                 retention(s), std::chrono::seconds(s.events_retention_interval)),
        pipeline(http::RouteTable(routes(clock)), middlewares(s, log, clock)),
        server(io_threads, pipeline, server_options(s, shares.clients), log, clock) {
    if (s.tiktok_ca_file.empty()) {
      tls.set_default_verify_paths();
    } else {
      tls.load_verify_file(s.tiktok_ca_file);
    }
  }

  sqlite::FileWatch::Options watch_options(sqlite::OwnerLock* owner, std::uint32_t stamp) {
    sqlite::FileWatch::Options options;
    options.stamp = stamp;
    if (owner) options.also = [owner] { return owner->holds(); };
    options.changed = [this](bool in_place) { health.database_lost = !in_place; };
    return options;
  }

  static DescriptorShares shares_of(const Settings& s, std::size_t threads, Logger& log) {
    DescriptorShares wanted;
    wanted.clients = static_cast<std::size_t>(s.max_connections);
    wanted.rooms = static_cast<std::size_t>(s.live_max_sessions);
    wanted.fetches = http_clients * HttpClient::Options().max_in_flight;
    const std::size_t limit = raise_descriptor_limit();
    const DescriptorShares shares = share_descriptors(limit, threads, wanted);
    if (shares != wanted) {
      log.warning(
          "The limit of open descriptors allows fewer connections, rooms or fetches than the settings",
          {{"limit", limit},
           {"SERVER_MAX_CONNECTIONS", shares.clients},
           {"LIVE_MAX_SESSIONS", shares.rooms},
           {"fetches", shares.fetches}});
    }
    return shares;
  }

  std::vector<http::Route> routes(const Clock& clock) {
    std::vector<http::Route> all;
    for (auto& route : ops::health_routes(health, write_check, clock)) all.push_back(std::move(route));
    for (auto& route : live::live_routes(live, fan_out, lookup)) all.push_back(std::move(route));
    const live::RecordShare record_share = [this](const http::Exchange& exchange, std::string subject,
                                                  std::string what) {
      access.record_share(exchange, std::move(subject), std::move(what));
    };
    for (auto& route : live::share_routes(live, record_share)) all.push_back(std::move(route));
    const live::GiftRouteParts gift_parts{
        gifts, live.executor(),
        [this](std::string url) {
          return run_on(gift_pictures.executor(), gift_pictures.get(std::move(url)));
        },
        [this](std::string url) {
          return run_on(gift_pictures.executor(), gift_pictures.kept(std::move(url)));
        }};
    for (auto& route : live::gift_routes(gift_parts)) all.push_back(std::move(route));
    const events::FeedParts feed{live, store, fan_out};
    for (auto& route : events::event_routes(feed, policy)) all.push_back(std::move(route));
    profiles::ProfileRouteParts profile_parts{profiles,
                                              store,
                                              writer,
                                              [this](std::string username) {
                                                return run_on(live.executor(),
                                                              live.forget_person(std::move(username)));
                                              },
                                              people,
                                              picture_keys};
    for (auto& route : profiles::profile_routes(profile_parts)) all.push_back(std::move(route));
    const engagement::EngagementParts engagement{live, store, picture_keys, clock};
    for (auto& route : engagement::engagement_routes(engagement)) all.push_back(std::move(route));
    for (auto& route : access.routes()) all.push_back(std::move(route));
    return all;
  }

  /// What every request passes, in this order.
  std::vector<std::unique_ptr<http::Middleware>> middlewares(const Settings& s, Logger& log,
                                                             const Clock& clock) {
    std::vector<std::unique_ptr<http::Middleware>> list;
    if (s.enable_correlation_id) list.push_back(std::make_unique<http::Correlation>());
    list.push_back(std::make_unique<http::Observe>(log, clock));
    list.push_back(std::make_unique<http::Guard>());
    list.push_back(std::make_unique<http::Cors>(allowed_origins(s)));
    access.add_middlewares(list);
    return list;
  }

  // First made, last destroyed: the writer and the HTTP client answer to these threads until they are gone.
  IoThreads live_thread;
  IoThreads profile_thread;
  IoThreads access_thread;
  IoThreads io_threads;
  const DescriptorShares shares;
  ops::Health health;
  Random random;          // the live thread's
  Random profile_random;  // the profile thread's
  const live::TikTokHosts hosts;
  const live::Browser as_browser;
  const events::PictureKeys picture_keys;
  TrustedClock trusted_clock;
  sqlite::FileWatch watch;
  sqlite::Writer writer;
  ops::WriteCheck write_check;
  std::unique_ptr<sqlite::Readers> readers;
  std::unique_ptr<sqlite::Readers> access_readers;  // nobody's long query delays who may call
  Access access;
  AccountReaders account_readers;
  events::ShareStore shares_of_sessions;
  engagement::Figures figures;
  events::EventStore store;
  HttpClient http;
  net::ssl::context tls;
  events::SubscriberPolicy policy;
  events::FanOut fan_out;
  live::RoomLookup lookup;
  live::SignClient sign;
  live::GiftStore gift_store;
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
  profiles::SeenPeople people;
  events::PersonSinks sinks;
  profiles::FetchedPictures gift_pictures;
  live::LiveService live;
  events::Retainer retainer;
  http::Pipeline pipeline;
  http::Server server;
  std::future<void> retaining;
  std::future<void> taking_faces;
  std::future<void> noting_people;
};

Application::Application(const Settings& settings, Logger& log, const Clock& clock)
    : settings_(settings), log_(log), clock_(clock) {}
Application::~Application() = default;

Result<void> Application::build(sqlite::Database database, live::LiveService::Known known,
                                const std::string& path) {
  TRY(events::PictureKeys picture_keys, events::PictureKeys::load(database));
  TRY(live::GiftStore::Known gifts, live::GiftStore::load(database));
  TRY(auto readers, sqlite::Readers::open(path, reader_threads, log_));
  TRY(auto access_readers, sqlite::Readers::open(path, 1, log_));
  TRY(auth::TokenKeys keys, token_keys(settings_));
  auto environment = auth::environment_keys(settings_.auth.api_key, settings_.auth.admin_api_key, log_);
  parts_ = std::make_unique<Parts>(
      settings_, log_, clock_, std::move(database), path, owner_ ? &*owner_ : nullptr, file_stamp_,
      std::move(readers), std::move(access_readers), std::move(known), std::move(environment),
      std::move(keys), std::move(picture_keys), std::move(gifts), identity_.get());
  return {};
}

Result<void> Application::load_access(const std::string& path) {
  TRY(sqlite::Database database, sqlite::Database::open_to_read(path));
  try {
    parts_->access.load(database);
    return {};
  } catch (const sqlite::DatabaseFault& fault) {
    return Error(ErrorCode::database, "users and keys cannot be read: " + fault.what);
  }
}

Result<void> Application::take_certificate() {
  if (settings_.auth.tls_cert_file.empty()) return {};
  TRY(auto tls, load_server_tls(settings_.auth.tls_cert_file, settings_.auth.tls_key_file));
  parts_->server.set_tls(std::move(tls));
  return {};
}

Result<std::uint16_t> Application::start(const sqlite::Pause& pause) {
  TRY(Storage storage, open_storage(settings_, log_, clock_, pause));
  const NewFiles files = *storage.files;
  auto port = start_with(std::move(storage));
  if (!port) {
    parts_.reset();
    identity_.reset();
    files.remove();
    owner_.reset();
  }
  return port;
}

Result<std::uint16_t> Application::start_with(Storage storage) {
  if (settings_.live_resume_sessions) resumed_ = live::running_sessions(storage.known.sessions);
  owner_.emplace(std::move(*storage.owner));
  identity_ = std::move(storage.identity);
  file_stamp_ = storage.stamp;
  auto built = build(std::move(storage.database), std::move(storage.known), storage.path);
  if (!built) return built.error();
  if (auto loaded = load_access(storage.path); !loaded) return loaded.error();
  if (auto taken = take_certificate(); !taken) return taken.error();
  auto port = parts_->server.listen(settings_.host, static_cast<std::uint16_t>(settings_.port));
  if (!port) {
    Error failure = port.error();
    if (failure.code == ErrorCode::conflict) failure.message += port_remedy;
    return failure;
  }
  parts_->access_thread.start();
  parts_->access.start();
  parts_->live_thread.start();
  // Before anybody can connect: a session must not be started twice.
  if (settings_.live_resume_sessions) {
    net::co_spawn(parts_->live.executor(), parts_->live.resume(), net::detached);
  } else {
    net::post(parts_->live.executor(), [&live = parts_->live] { live.stay_stopped(); });
  }
  parts_->retaining = net::co_spawn(parts_->live.executor(), parts_->retainer.run(), net::use_future);
  parts_->profile_thread.start();
  parts_->noting_people = net::co_spawn(parts_->profiles.executor(), parts_->people.run(), net::use_future);
  parts_->taking_faces = net::co_spawn(parts_->profiles.executor(), parts_->faces.run(), net::use_future);
  parts_->io_threads.start();
  if (settings_.auth.jwt_algorithm == "HS256" && settings_.auth.jwt_secret.empty())
    log_.warning("JWT_SECRET_KEY is not set: tokens end with this process");
  return port;
}

void Application::reload() {
  if (settings_.auth.tls_cert_file.empty()) return;
  if (auto taken = take_certificate()) {
    log_.info("TLS certificate reloaded");
  } else {
    log_.error("TLS certificate cannot be reloaded: the one before stays in use",
               {{"reason", taken.error().message}});
  }
}

std::vector<http::Route> Application::routes() {
  constexpr const char* nowhere = ":memory:";
  auto database = open_database(nowhere);
  if (!database || !build(std::move(*database), live::LiveService::Known(), nowhere)) return {};
  return parts_->routes(clock_);
}

bool Application::stop() {
  const auto deadline = std::chrono::seconds(settings_.shutdown_timeout);
  const auto until = std::chrono::steady_clock::now() + deadline;
  Parts& parts = *parts_;
  parts.health.draining = true;
  parts.live.refuse_new();       // requests that wait for a room end now
  parts.profiles.ask_no_more();  // and those that wait for a picture
  parts.picture_http.cancel_all();
  parts.store.stop_long_work();
  parts.server.stop(deadline * 7 / 10);  // 1001 to sockets, requests finish
  parts.http.cancel_all();               // nothing of ours waits for TikTok any more
  bool in_order = true;
  const auto wait_for = [&](const std::future<void>& work, std::chrono::steady_clock::time_point when,
                            const char* late) {
    if (work.wait_until(when) == std::future_status::ready) return;
    log_.warning(late);
    in_order = false;
  };
  const auto soon = [] { return std::chrono::steady_clock::now() + std::chrono::seconds(1); };
  net::post(parts.live.executor(), [&retainer = parts.retainer] { retainer.stop(); });
  const auto followers = net::co_spawn(parts.live.executor(), parts.live.stop(), net::use_future);
  wait_for(followers, std::max(until, soon()), "Live rooms did not stop in time");
  wait_for(parts.retaining, soon(), "Retention did not stop in time");
  net::post(parts.profiles.executor(), [&faces = parts.faces] { faces.stop(); });
  wait_for(parts.taking_faces, soon(), "Pictures of live events did not stop in time");
  net::post(parts.profiles.executor(), [&people = parts.people] { people.stop(); });
  wait_for(parts.noting_people, soon(), "People who were seen were not saved in time");
  const auto gift_pictures =
      net::co_spawn(parts.profiles.executor(), parts.gift_pictures.stop(), net::use_future);
  wait_for(gift_pictures, soon(), "Pictures of gifts did not stop in time");
  const auto profiles = net::co_spawn(parts.profiles.executor(), parts.profiles.stop(), net::use_future);
  wait_for(profiles, soon(), "Profile look-ups did not stop in time");
  parts.io_threads.stop();
  in_order = parts.access.stop(std::chrono::seconds(1)) && in_order;
  parts.access_thread.stop();
  parts.profile_thread.stop();
  parts.live_thread.stop();
  parts.watch.stop();
  parts.writer.stop();  // commits what was accepted
  if (!in_order) {
    // Coroutines are suspended in the middle of their work. To destroy them would touch what is gone before
    // them: the process ends without that.
    static_cast<void>(parts_.release());
    return false;
  }
  const bool in_place = parts.watch.in_place();
  parts_.reset();
  if (in_place) identity_->close_clean();
  identity_.reset();
  owner_.reset();
  return true;
}

}  // namespace papi::app
