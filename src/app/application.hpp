#pragma once

#include <memory>

#include "app/live_module.hpp"
#include "app/log_settings.hpp"
#include "app/settings.hpp"
#include "app/storage.hpp"
#include "auth/sign_in_codes.hpp"
#include "platform/base/error.hpp"
#include "platform/http/route_table.hpp"
#include "platform/log/logger.hpp"

namespace papi::app {

/// The end of an error message about a port that is in use: the remedy.
inline constexpr const char* port_remedy = ": end that one, or set another PORT";

/// The whole service: the storage and the modules, constructed and connected. start() binds the port; stop()
/// does the steps of docs/threads.md, "Stop".
class Application {
 public:
  Application(const Settings& settings, Logger& log, const Clock& clock);
  ~Application();

  /// Starts the service and returns the bound port. Waits as open_storage() does. Fails with CONFLICT if the
  /// port or the database is in use, with DATABASE if the database cannot be used, and with UNAVAILABLE if
  /// its server is away or `pause` returned false. All other codes mean that a setting cannot be used. A
  /// failed start leaves no file of the database that was not there before.
  Result<std::uint16_t> start(const Pause& pause);
  /// Stops the service. Returns false if some work did not end in time. What was accepted is committed even
  /// then, and the caller must end the process at once, without destructors.
  bool stop();
  /// After start(): returns how many sessions of the last run go on.
  std::size_t resumed_sessions() const { return resumed_; }
  /// After start(), in development: makes a code with which the admin signs in once, and returns the address
  /// of the page with it. Returns nullopt in production, without a tester, if there is no active admin
  /// (auth::sign_in_user), or if the database fails.
  std::optional<std::string> make_sign_in_link();
  /// Reads the TLS certificate again (SIGHUP). If the new one cannot be used, the old one stays.
  void reload();

  /// Returns every route, for the documents and the tests of permissions. It constructs all parts on an empty
  /// database in memory, but binds no port and runs no event loop. Returns an empty list if that fails.
  std::vector<http::Route> routes();

 private:
  struct Modules;
  Result<void> build(LiveModule::Known known);
  Result<std::uint16_t> start_with_storage();
  Result<void> load();
  Result<void> take_certificate();
  const Settings& settings_;
  Logger& log_;
  ComponentLogs logs_;
  const Clock& clock_;
  RunHere here_;  // for the start; threads of the storage post to it
  std::size_t resumed_ = 0;
  std::string page_origin_;  // of the tester, such as http://localhost:3001
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Modules> modules_;
};

}  // namespace papi::app
