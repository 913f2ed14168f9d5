#include "app/tester_command.hpp"

#include "app/error_rows.hpp"
#include "app/options.hpp"
#include "platform/base/version.hpp"
#include "platform/net/ip_address.hpp"
#include "platform/net/server_tls.hpp"

namespace papi::app {
namespace {

bool on_loopback(const Settings& s) {
  const auto address = parse_ip_address(s.tester.listen);
  return address && address->is_loopback();
}

}  // namespace

bool tester_has_tls(const Settings& s) { return !on_loopback(s) && !s.auth.tls_cert_file.empty(); }

std::string tester_page(const Settings& s, std::uint16_t port) {
  const bool by_name = on_loopback(s) || parse_ip_address(s.tester.listen)->is_unspecified();
  return (tester_has_tls(s) ? "https://" : "http://") +
         host_and_port(by_name ? "localhost" : s.tester.listen, port);
}

tester::TesterOptions tester_options(const Settings& s, tester::UpstreamTarget upstream) {
  tester::TesterOptions options;
  options.listen = s.tester.listen;
  options.port = static_cast<std::uint16_t>(s.tester.port);
  options.hosts = s.tester.hosts;
  options.upstream = std::move(upstream);
  options.server = server_options(s, 1);
  options.server.base_path.clear();
  return options;
}

tester::UpstreamTarget own_service(const Settings& s, std::uint16_t port) {
  const bool secure = !s.auth.tls_cert_file.empty();
  auto target =
      *tester::UpstreamTarget::parse((secure ? "https://" : "http://") + local_host_and_port(s.host, port));
  target.verify = false;  // the certificate is for the name under which others know this service
  return target;
}

Result<void> take_tester_certificate(tester::Tester& tester, const Settings& s) {
  if (!tester_has_tls(s)) return {};
  TRY(auto tls, load_server_tls(s.auth.tls_cert_file, s.auth.tls_key_file));
  tester.set_tls(std::move(tls));
  return {};
}

Result<std::string> open_tester(tester::Tester& tester, const Settings& s, Logger& log) {
  if (auto taken = take_tester_certificate(tester, s); !taken) return taken.error();
  auto port = tester.listen();
  if (!port) {
    Error failure = port.error();
    if (failure.code == ErrorCode::conflict) failure.message += tester_port_remedy;
    return failure;
  }
  std::string origin = tester_page(s, *port);
  log.info("Tester ready",
           {{"page", origin}, {"address", host_and_port(s.tester.listen, *port)}, {"version", version}});
  if (!on_loopback(s) && !tester_has_tls(s)) {
    log.warning(
        "The tester is reachable from other machines without TLS: keys and passwords that are typed into the "
        "page can be read on the way",
        {{"TESTER_LISTEN", s.tester.listen},
         {"remedy",
          "listen on 127.0.0.1, set TLS_CERT_FILE and TLS_KEY_FILE, or put a proxy that does TLS "
          "before it"}});
  }
  return origin;
}

Result<void> run_tester(const Settings& s, Logger& log, const Clock& clock) {
  tester::Tester tester(tester_options(s, s.tester.upstream), http::ErrorTable(error_rows()), log, clock);
  ServiceSignals signals(log);
  if (auto opened = open_tester(tester, s, log); !opened) return opened.error();
  log.info("Requests are passed on", {{"upstream", s.tester.upstream.url}});
  tester.start();
  signals.wait_for_stop([] {});
  log.info("Shutting down");
  const bool in_order = tester.stop(s.shutdown_timeout);
  log.info("Stopped");
  if (in_order) return {};
  log.flush();
  std::_Exit(0);
}

}  // namespace papi::app
