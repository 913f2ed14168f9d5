#pragma once

#include <memory>

#include "app/settings.hpp"
#include "platform/base/error.hpp"
#include "platform/log/logger.hpp"

namespace papi::app {

/// The whole service, wired. start() binds the port; stop() takes the steps of shutdown in order.
class Application {
 public:
  Application(const Settings& settings, Logger& log, const Clock& clock);
  ~Application();

  /// Gives the bound port.
  Result<std::uint16_t> start();
  void stop();

 private:
  struct Parts;
  const Settings& settings_;
  Logger& log_;
  const Clock& clock_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace papi::app
