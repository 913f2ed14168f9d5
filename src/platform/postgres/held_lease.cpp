#include "platform/postgres/held_lease.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

namespace papi::postgres {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds between_looks{100};
constexpr milliseconds longest_answer{2'000};
constexpr std::chrono::seconds min_release_timeout{1};

PoolOptions pool_options(std::string_view application) {
  PoolOptions options;
  options.size = 1;
  options.overflow = 1;
  options.connection.application_name = application;
  options.connection.connect_timeout = longest_answer;
  options.connection.answer_timeout = longest_answer;
  return options;
}

/// Tells an operator which process it is. New at each start.
std::string owner_name(std::string_view purpose) {
  char host[256] = "unknown";
  ::gethostname(host, sizeof host - 1);
  return "process " + std::to_string(::getpid()) + " on host " + host + ", " + std::string(purpose) + " " +
         random_hex(4);
}

}  // namespace

HeldLease::HeldLease(const Target& target, const Schema& schema, const Options& options, Logger& log)
    : pool_(threads_.executor(0), target, pool_options(options.application), log, Random::from_system()),
      lease_(pool_, schema, LeaseOptions(), owner_name(options.purpose), log) {
  threads_.start();
}

Result<std::unique_ptr<HeldLease>> HeldLease::take(const Target& target, const Schema& schema,
                                                   const Options& options, Logger& log) {
  std::unique_ptr<HeldLease> held(new HeldLease(target, schema, options, log));
  if (auto taken = held->wait_for_it(options); !taken) return taken.error();
  return held;
}

Result<void> HeldLease::wait_for_it(const Options& options) {
  const auto deadline = steady_clock::now() + options.timeout;
  auto taking = net::co_spawn(threads_.executor(0), lease_.take(deadline, options.on_wait), net::use_future);
  bool stopped = false;
  while (options.pause && !stopped && taking.wait_for(milliseconds(0)) != std::future_status::ready)
    stopped = !options.pause(between_looks);
  if (stopped) net::post(threads_.executor(0), [this] { lease_.stop(); });
  if (auto taken = taking.get(); !taken) return taken;
  // It is kept also if the wait was ended just then: the destructor gives it back.
  std::function<void()> on_lost = [this] { lost_ = true; };
  keeping_ = start(lease_.keep(std::move(on_lost)));
  if (stopped) return Error(ErrorCode::unavailable, "stopped while the database was taken");
  return {};
}

std::future<void> HeldLease::start(Task<void> task) {
  return net::co_spawn(threads_.executor(0), std::move(task), net::use_future);
}

void HeldLease::give_back(steady_clock::time_point deadline) {
  if (std::exchange(given_back_, true)) return;
  deadline = std::max(deadline, steady_clock::now() + min_release_timeout);
  std::future<void> releasing;
  if (keeping_.valid()) {
    net::post(threads_.executor(0), [this] { lease_.stop(); });
    // A renewal that is under way would undo the release.
    const bool ended = keeping_.wait_until(deadline) == std::future_status::ready;
    if (ended && !lost()) releasing = start(lease_.release());
  }
  if (releasing.valid()) releasing.wait_until(deadline);
  // This closes the connections of whatever has not ended, so that it ends.
  start(pool_.stop(deadline)).wait();
  if (releasing.valid()) releasing.wait();
  if (keeping_.valid()) keeping_.wait();
  threads_.stop();
}

HeldLease::~HeldLease() { give_back(steady_clock::now()); }

}  // namespace papi::postgres
