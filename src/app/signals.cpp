#include "app/signals.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

namespace papi::app {
namespace {

sigset_t set_of(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

sigset_t of_the_service() { return set_of({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}); }

}  // namespace

void hold_signals() {
  const sigset_t held = set_of({SIGHUP, SIGUSR1, SIGUSR2});
  pthread_sigmask(SIG_BLOCK, &held, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  for (int standard = 0; standard <= 2; ++standard) {
    if (::fcntl(standard, F_GETFD) >= 0) continue;
    (void)!::open("/dev/null", O_RDWR);  // gets the lowest free number, which is this one
  }
}

void release_hangup() {
  const sigset_t hangup = set_of({SIGHUP});
  pthread_sigmask(SIG_UNBLOCK, &hangup, nullptr);
}

void hold_stop() {
  const sigset_t stop = set_of({SIGTERM, SIGINT});
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
}

ServiceSignals::ServiceSignals(Logger& log) : log_(log) {}

bool ServiceSignals::take(int signal) {
  switch (signal) {
    case SIGTERM:
    case SIGINT:
      return true;
    case SIGUSR1:
      log_.warning("SIGUSR1 ignored: this version makes no backups",
                   {{"remedy", "sqlite3 profiles.db \".backup copy.db\" makes one while the service runs"}});
      return false;
    case SIGUSR2:
    case SIGHUP:
      if (log_.reopen_file())
        log_.info("Log file reopened", {{"signal", signal == SIGHUP ? "SIGHUP" : "SIGUSR2"}});
      return false;
    default:
      return false;
  }
}

Pause ServiceSignals::pause() {
  return [this](std::chrono::milliseconds time) {
    const sigset_t signals = of_the_service();
    const timespec limit{time.count() / 1'000, time.count() % 1'000 * 1'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &limit);
    if (signal > 0) stop_asked_ = take(signal);
    return !stop_asked_;
  };
}

void ServiceSignals::wait_for_stop(const std::function<void()>& reload) {
  const sigset_t signals = of_the_service();
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (take(signal)) break;
    if (signal == SIGHUP) reload();
  }
  std::thread([signals] {
    int signal = 0;
    while (signal != SIGTERM && signal != SIGINT) sigwait(&signals, &signal);
    _exit(1);
  }).detach();
}

}  // namespace papi::app
