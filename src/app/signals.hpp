#pragma once

#include <functional>

#include "platform/base/pause.hpp"
#include "platform/log/logger.hpp"

namespace papi::app {

/// Call it first in main. It blocks SIGHUP, SIGUSR1 and SIGUSR2 until they are taken, and makes a broken pipe
/// or a file at its size limit an error of write(). So none of these ends the process. It also opens standard
/// input, output and error if they are closed, so that no other file gets their numbers.
void hold_signals();
/// For a command, which has nothing to reload: SIGHUP ends the process again when its terminal goes.
void release_hangup();

/// For the service: blocks SIGTERM and SIGINT too. Call it before any thread exists, so that all threads
/// inherit it and only ServiceSignals receives them.
void hold_stop();

/// Takes the signals that the functions above have blocked. For one thread.
class ServiceSignals {
 public:
  explicit ServiceSignals(Logger& log);

  /// Returns the wait of a service that cannot start yet. SIGTERM and SIGINT end the wait; stop_asked() is
  /// then true.
  Pause pause();
  bool stop_asked() const { return stop_asked_; }
  /// Returns at SIGTERM or SIGINT. Until then SIGUSR2 and SIGHUP reopen the log file, and SIGHUP also calls
  /// `reload`. After the return a second SIGTERM or SIGINT ends the process at once with exit code 1.
  void wait_for_stop(const std::function<void()>& reload);

 private:
  bool take(int signal);  // returns true if the service must stop

  Logger& log_;
  bool stop_asked_ = false;
};

}  // namespace papi::app
