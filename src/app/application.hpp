#pragma once

#include <memory>

#include "app/settings.hpp"
#include "platform/base/error.hpp"
#include "platform/http/route_table.hpp"
#include "platform/log/logger.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::app {

/// The whole service, wired. start() binds the port; stop() takes the steps of shutdown in order.
class Application {
 public:
  Application(const Settings& settings, Logger& log, const Clock& clock);
  ~Application();

  /// Gives the bound port.
  Result<std::uint16_t> start();
  void stop();
  /// SIGHUP: reads the TLS certificate again. The old one stays where the new one cannot be used.
  void reload();

  /// Every route, as the documents and the tests of permissions want them. Starts nothing.
  std::vector<http::Route> routes();

 private:
  struct Parts;
  Result<void> build(sqlite::Database database, const std::string& path);
  Result<void> load_access(const std::string& path);
  Result<void> take_certificate();
  const Settings& settings_;
  Logger& log_;
  const Clock& clock_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace papi::app
