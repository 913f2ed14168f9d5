#include "app/application.hpp"

#include "api_documents/document_routes.hpp"
#include "app/access.hpp"
#include "app/account_readers.hpp"
#include "app/document_pages.hpp"
#include "app/erasure.hpp"
#include "app/error_rows.hpp"
#include "app/live_module.hpp"
#include "app/monitoring_module.hpp"
#include "app/options.hpp"
#include "app/profile_module.hpp"
#include "app/root_route.hpp"
#include "app/sqlite_storage.hpp"
#include "app/tester_command.hpp"
#include "app/work_end.hpp"
#include "auth/bootstrap.hpp"
#include "engagement/engagement_routes.hpp"
#include "ops/health_routes.hpp"
#include "ops/log_routes.hpp"
#include "platform/base/descriptors.hpp"
#include "platform/base/trusted_clock.hpp"
#include "platform/http/cors.hpp"
#include "platform/http/middlewares.hpp"
#include "platform/http/server.hpp"
#include "platform/net/server_tls.hpp"

namespace papi::app {
namespace {

constexpr std::size_t http_clients = 2;  // one of each module that has one

DescriptorShares shares_of(const Settings& s, std::size_t threads, Logger& log) {
  DescriptorShares wanted;
  wanted.clients = static_cast<std::size_t>(s.max_connections);
  wanted.rooms = static_cast<std::size_t>(s.live_max_sessions);
  wanted.fetches = http_clients * HttpClient::Options().max_in_flight;
  const std::size_t limit = raise_descriptor_limit();
  const DescriptorShares shares = share_descriptors(limit, threads, wanted);
  if (shares != wanted) {
    log.warning("The limit of open descriptors allows fewer connections, rooms or fetches than the settings",
                {{"limit", limit},
                 {"SERVER_MAX_CONNECTIONS", shares.clients},
                 {"LIVE_MAX_SESSIONS", shares.rooms},
                 {"fetches", shares.fetches}});
  }
  return shares;
}

std::size_t fetches_of_each(const DescriptorShares& shares) {
  return std::max<std::size_t>(1, shares.fetches / http_clients);
}

void append(std::vector<http::Route>& all, std::vector<http::Route> more) {
  for (http::Route& route : more) all.push_back(std::move(route));
}

}  // namespace

/// The modules, in the order of construction. Destruction is the reverse.
struct Application::Modules {
  Modules(const Settings& s, Logger& log, ComponentLogs& logs, const Clock& clock, Storage& storage,
          LiveModule::Known known, std::vector<auth::EnvironmentKey> environment, auth::TokenKeys token_keys)
      : live_thread(1),
        profile_thread(1),
        access_thread(1),
        io_threads(io_thread_count(s)),
        shares(shares_of(s, io_threads.size(), log)),
        random(Random::from_system()),
        hosts(tiktok_hosts(s)),
        as_browser(browser(s, random)),
        trusted_clock(clock),
        write_check(access_thread.executor(0), storage.write_probe(), storage.write_faults(), clock,
                    ops::WriteCheck::Options()),
        access(s,
               Access::Dependencies{access_thread.executor(0), storage.accounts(), storage.audit(), logs.auth,
                                    clock, trusted_clock},
               std::move(environment), std::move(token_keys)),
        account_readers(access.cache(), clock),
        profiles(s, ProfileModule::Dependencies{profile_thread.executor(0), storage, as_browser,
                                                fetches_of_each(shares), logs.profiles, clock}),
        live(s,
             LiveModule::Dependencies{live_thread.executor(0), io_threads, storage, hosts, as_browser, random,
                                      profiles.sink(), account_readers, shares.rooms, fetches_of_each(shares),
                                      trusted_clock, logs.live, clock},
             std::move(known)),
        erase_person(make_erase_person({live.service(), profiles.people(), profiles.profiles(), storage})),
        all_routes(routes(s, log, storage, clock)),
        monitoring(
            s, all_routes,
            MonitoringModule::Dependencies{storage, access, live, live_thread.executor(0), profiles,
                                           profile_thread.executor(0), server, trusted_clock, log, clock}),
        pipeline(http::RouteTable(std::move(all_routes)), middlewares(s, log, clock),
                 http::ErrorTable(error_rows())),
        server(io_threads, pipeline, server_options(s, shares.clients), logs.http, clock) {
    health.database_loss = [&storage] { return storage.loss(); };
  }

  std::vector<http::Route> routes(const Settings& s, Logger& log, Storage& storage, const Clock& clock) {
    const live::RecordShare record_share = [this](const http::Exchange& exchange, std::string subject,
                                                  std::string what) {
      access.record_share(exchange, std::move(subject), std::move(what));
    };
    std::vector<http::Route> all = ops::health_routes(health, write_check, clock);
    append(all, ops::log_routes(
                    log,
                    [this](const http::Exchange& exchange, std::string component, std::string what) {
                      access.record_setting(exchange, std::move(component), std::move(what));
                    },
                    clock));
    all.push_back(root_route(s));
    append(all, live.routes(record_share, profiles.gift_pictures()));
    append(all, profiles.routes(erase_person));
    append(all, engagement::engagement_routes(
                    {live.service(), storage.engagement(), storage.events(), storage.picture_keys(), clock}));
    append(all, access.routes([this](const http::Caller& caller, const std::string& session_id) {
      return may_read(events::Viewer(caller), session_id);
    }));
    append(all, MonitoringModule::routes(s, monitoring));
    append(all, document_page_routes());
    return api_documents::with_documents(std::move(all), http::ErrorTable(error_rows()));
  }

  Task<bool> may_read(events::Viewer viewer, std::string session_id) {
    const auto session = co_await live.service().position(std::move(session_id), std::move(viewer));
    co_return session.has_value();
  }

  /// Returns the middlewares in the order in which a request passes them.
  std::vector<std::unique_ptr<http::Middleware>> middlewares(const Settings& s, Logger& log,
                                                             const Clock& clock) {
    std::vector<std::unique_ptr<http::Middleware>> list;
    if (s.enable_correlation_id) list.push_back(std::make_unique<http::AssignCorrelationId>());
    list.push_back(std::make_unique<http::WriteAccessLog>(log, clock, s.log.slow_request));
    list.push_back(monitoring.middleware());
    list.push_back(std::make_unique<http::ValidateRequest>());
    list.push_back(std::make_unique<http::Cors>(allowed_origins(s), events::exposed_headers));
    access.add_middlewares(list);
    return list;
  }

  // Declared first, so destroyed last: until they are gone, the HTTP clients post results to these threads.
  // The storage does it too; Application stops it before.
  IoThreads live_thread;
  IoThreads profile_thread;
  IoThreads access_thread;
  IoThreads io_threads;
  const DescriptorShares shares;
  ops::Health health;
  Random random;  // for the live thread
  const live::TikTokHosts hosts;
  const live::Browser as_browser;
  TrustedClock trusted_clock;
  ops::WriteCheck write_check;
  Access access;
  AccountReaders account_readers;
  ProfileModule profiles;
  LiveModule live;
  profiles::ErasePerson erase_person;
  std::vector<http::Route> all_routes;  // until the pipeline has them
  // Its handlers refer to it before it is constructed, and it to the server; neither is used before start().
  MonitoringModule monitoring;
  http::Pipeline pipeline;
  http::Server server;
  std::unique_ptr<tester::Tester> tester;  // nullptr: without TESTER_ENABLED
};

Application::Application(const Settings& settings, Logger& log, const Clock& clock)
    : settings_(settings), log_(log), logs_(log), clock_(clock) {}
Application::~Application() = default;

Result<void> Application::build(LiveModule::Known known) {
  TRY(auth::TokenKeys keys, token_keys(settings_));
  auto environment = auth::environment_keys(settings_.auth.api_key, settings_.auth.admin_api_key, logs_.auth);
  modules_ = std::make_unique<Modules>(settings_, log_, logs_, clock_, *storage_, std::move(known),
                                       std::move(environment), std::move(keys));
  return {};
}

Result<void> Application::load() {
  const RunHere::Make<Result<LiveModule::Known>> read = [this](Executor executor) {
    return LiveModule::load(executor, *storage_);
  };
  TRY(LiveModule::Known known, here_.blocking<Result<LiveModule::Known>>(read));
  if (settings_.live_resume_sessions) resumed_ = live::running_sessions(known.sessions.sessions);
  if (auto built = build(std::move(known)); !built) return built;
  const RunHere::Make<Result<void>> read_accounts = [this](Executor executor) {
    return modules_->access.load(executor);
  };
  auto accounts = here_.blocking<Result<void>>(read_accounts);
  if (!accounts)
    return Error(accounts.error().code, "users and keys cannot be read: " + accounts.error().message);
  return {};
}

Result<void> Application::take_certificate() {
  if (settings_.auth.tls_cert_file.empty()) return {};
  TRY(auto tls, load_server_tls(settings_.auth.tls_cert_file, settings_.auth.tls_key_file));
  modules_->monitoring.set_certificate_end(certificate_end(*tls).value_or(0));
  modules_->server.set_tls(std::move(tls));
  return {};
}

Result<std::uint16_t> Application::start(const Pause& pause) {
  TRY(storage_, open_storage(settings_, StartContext{here_, logs_.database, clock_, pause}));
  auto port = start_with_storage();
  if (!port) {
    storage_->stop(std::chrono::steady_clock::now() + std::chrono::seconds(1));
    modules_.reset();
    storage_->undo_start();
    storage_.reset();
  }
  return port;
}

Result<std::uint16_t> Application::start_with_storage() {
  if (auto loaded = load(); !loaded) return loaded.error();
  if (auto taken = take_certificate(); !taken) return taken.error();
  auto port = modules_->server.listen(settings_.host, static_cast<std::uint16_t>(settings_.port));
  if (!port) {
    Error failure = port.error();
    if (failure.code == ErrorCode::conflict) failure.message += port_remedy;
    return failure;
  }
  if (settings_.tester.enabled) {
    auto options = tester_options(settings_, own_service(settings_, *port));
    modules_->tester = std::make_unique<tester::Tester>(std::move(options), http::ErrorTable(error_rows()),
                                                        logs_.tester, clock_);
    TRY(page_origin_, open_tester(*modules_->tester, settings_, logs_.tester));
  }
  modules_->access_thread.start();
  modules_->access.start();
  modules_->live_thread.start();
  modules_->live.start();
  modules_->profile_thread.start();
  modules_->profiles.start();
  modules_->monitoring.start();
  modules_->io_threads.start();  // from here on requests are answered
  if (modules_->tester) modules_->tester->start();
  if (settings_.auth.jwt_algorithm == "HS256" && settings_.auth.jwt_secret.empty())
    log_.warning("JWT_SECRET_KEY is not set: tokens end with this process");
  return port;
}

std::optional<std::string> Application::make_sign_in_link() {
  if (settings_.production() || !modules_->tester) return std::nullopt;
  using Code = std::optional<auth::IssuedCode>;
  auth::Actor start;
  start.username = "(start)";
  start.endpoint = "profile-api serve";
  const RunHere::Make<Result<Code>> make = [&](Executor) {
    return auth::issue_first_sign_in_code(modules_->access.changes(), clock_, start,
                                          settings_.auth.admin_username);
  };
  const auto code = here_.blocking<Result<Code>>(make);
  if (!code) log_.warning("No sign-in code could be made", {{"reason", code.error().message}});
  if (!code || !*code) return std::nullopt;
  return auth::sign_in_link(page_origin_, **code);
}

void Application::reload() {
  if (settings_.auth.tls_cert_file.empty()) return;
  auto taken = take_certificate();
  if (taken && modules_->tester) taken = take_tester_certificate(*modules_->tester, settings_);
  if (taken) {
    log_.info("TLS certificate reloaded");
  } else {
    log_.error("TLS certificate cannot be reloaded: the one before stays in use",
               {{"reason", taken.error().message}});
  }
}

std::vector<http::Route> Application::routes() {
  auto storage = SqliteStorage::open_in_memory(settings_, logs_.database);
  if (!storage) return {};
  storage_ = std::move(*storage);
  if (!build(LiveModule::Known())) return {};
  return modules_->routes(settings_, log_, *storage_, clock_);
}

bool Application::stop() {
  const auto limit = settings_.shutdown_timeout;
  const auto deadline = std::chrono::steady_clock::now() + limit;
  Modules& m = *modules_;
  m.health.draining = true;
  m.live.refuse_new();
  m.profiles.refuse_new();
  storage_->stop_long_work();
  // Sends 1001 to WebSockets, lets requests finish. One that waits for a database server that hangs is left.
  bool in_order = m.server.stop(limit * 7 / 10, limit);
  if (!in_order) log_.warning("Requests did not stop in time");
  // It has passed the 1001 on by now.
  if (m.tester && !m.tester->stop(short_wait)) {
    log_.warning("The tester did not stop in time");
    in_order = false;
  }
  in_order &= m.monitoring.stop();
  m.live.cancel_calls();
  in_order &= m.live.stop(deadline);
  in_order &= m.profiles.stop();
  m.io_threads.stop();
  in_order &= m.access.stop(short_wait);
  m.access_thread.stop();
  m.profile_thread.stop();
  m.live_thread.stop();
  // Commits what was accepted.
  storage_->stop(std::max(deadline, std::chrono::steady_clock::now() + short_wait));
  if (!in_order) {
    // Some coroutines are still suspended. Their destruction would use parts that are destroyed before them,
    // so the process ends without destructors.
    static_cast<void>(modules_.release());
    return false;
  }
  modules_.reset();
  storage_->close_in_order();
  storage_.reset();
  return true;
}

}  // namespace papi::app
