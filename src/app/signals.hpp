#pragma once

#include <functional>

#include "platform/log/logger.hpp"
#include "platform/sqlite/owner_lock.hpp"

namespace papi::app {

/// To be called first in main: from then on SIGHUP, SIGUSR1 and SIGUSR2 wait until somebody takes them, and a
/// broken pipe or a file at its limit is an error of the write. None of these ends the process. Standard
/// input, output and error are open afterwards, so that no other file gets their numbers.
void hold_signals();
/// For a command, which has nothing to reload: SIGHUP ends it when its terminal goes.
void release_hangup();

/// For the service: SIGTERM and SIGINT wait too. Before any thread exists, so that all inherit it and only
/// ServiceSignals sees them.
void hold_stop();

/// The signals of the service, held by the functions above. One thread.
class ServiceSignals {
 public:
  explicit ServiceSignals(Logger& log);

  /// Waits while the service cannot start yet. SIGTERM and SIGINT end the wait: stop_asked().
  sqlite::Pause pause();
  bool stop_asked() const { return stop_asked_; }
  /// Returns at SIGTERM or SIGINT. SIGUSR2 and SIGHUP open the log anew, SIGHUP calls `reload` too. After the
  /// return a second SIGTERM or SIGINT ends the process at once with exit code 1.
  void wait_for_stop(const std::function<void()>& reload);

 private:
  bool take(int signal);  // true: the service shall stop

  Logger& log_;
  bool stop_asked_ = false;
};

}  // namespace papi::app
