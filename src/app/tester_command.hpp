#pragma once

#include "app/settings.hpp"
#include "app/signals.hpp"
#include "tester/tester.hpp"

namespace papi::app {

/// The end of an error message about a tester's port that is in use: the remedy.
inline constexpr const char* tester_port_remedy = ": end that one, or set another TESTER_PORT";

/// Returns true if the tester has TLS: with a certificate, except on loopback. There nobody else can read
/// along, and the page is asked for under http://localhost.
bool tester_has_tls(const Settings& s);
/// Returns the address of the page of a tester that listens on `port`: https://192.0.2.7:3001, say.
std::string tester_page(const Settings& s, std::uint16_t port);
/// Returns the options of a tester that passes requests on to `upstream`.
tester::TesterOptions tester_options(const Settings& s, tester::UpstreamTarget upstream);
/// Returns the target for the service of this process, which listens on `port`.
tester::UpstreamTarget own_service(const Settings& s, std::uint16_t port);
/// Reads the certificate, if the tester has TLS. Fails with INTERNAL if it cannot be used.
Result<void> take_tester_certificate(tester::Tester& tester, const Settings& s);
/// Binds the port, takes the certificate, and logs where the page is. Returns the origin of the page, such as
/// http://localhost:3001. Fails as Tester::listen() does, with the remedy, and as take_tester_certificate().
Result<std::string> open_tester(tester::Tester& tester, const Settings& s, Logger& log);

/// The command `profile-api tester`: the page as a process of its own, until a signal ends it. Returns the
/// Error that kept it from starting.
Result<void> run_tester(const Settings& s, Logger& log, const Clock& clock);

}  // namespace papi::app
