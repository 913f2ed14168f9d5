#pragma once

// Shared by the tests of EventLog: a subscriber that collects, and appends that a test can hold.

#include <boost/asio/post.hpp>
#include <functional>
#include <future>

#include "events/log_fixture.hpp"

namespace papi::events::testing_log {

struct Collector final : Subscriber {
  void on_events(const EventBatch& batch) override {
    const std::vector<EventPtr>& events = batch.events();
    if (on_batch) on_batch(events);
    for (const auto& event : events) {
      offsets.push_back(event->offset.value());
      ids.push_back(event->id);
      if (offsets.size() == wanted) done.set_value();
    }
  }
  std::function<void(const std::vector<EventPtr>&)> on_batch;
  std::vector<std::uint64_t> offsets, ids;
  std::size_t wanted = 0;
  std::promise<void> done;
};

/// Runs a function on the thread, and returns when it is done: behind all that the thread had to do before.
inline void on_thread(Executor thread, std::function<void()> act) {
  std::promise<void> done;
  net::post(thread, [&] {
    act();
    done.set_value();
  });
  done.get_future().wait();
}

inline std::future<Result<void>> begin_append(Executor executor, const std::shared_ptr<EventLog>& log,
                                              const PreparedEvents& events) {
  std::vector<LogAppend> appends = {{log, events, {}}};
  return net::co_spawn(executor, append_to_all(executor, std::move(appends), {}), net::use_future);
}

}  // namespace papi::events::testing_log
