#pragma once

#include <memory>
#include <vector>

#include "events/event_batch.hpp"
#include "platform/base/signal.hpp"

namespace papi::events {

/// One listener of one session, on one io thread.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  /// In offset order, on the thread that subscribed. Must not block.
  virtual void on_events(const EventBatch& batch) = 0;
  /// The log has ended: the session was deleted or its id given away. Same thread.
  virtual void on_gone() {}
};

/// The subscribers of one session on one thread. A socket that is written to costs a system call, however
/// little is written; so after a round through many of them the thread is left to others for some time, in
/// proportion to what the round took, and what comes meanwhile goes out together. Few subscribers, or many
/// events, are never kept waiting. Lives on the thread, by shared_ptr.
class Audience : public std::enable_shared_from_this<Audience> {
 public:
  static constexpr std::size_t few = 16;            // subscribers that are served at once
  static constexpr std::size_t most_waiting = 100;  // events: then a rest is over
  static constexpr int rest_factor = 6;             // times the length of the round
  static constexpr std::chrono::milliseconds shortest_rest{1};
  static constexpr std::chrono::milliseconds longest_rest{40};

  explicit Audience(Executor executor) : executor_(executor), timer_(executor) {}

  void add(Subscriber& subscriber) { subscribers_.push_back(&subscriber); }
  /// False: it was not here.
  bool remove(Subscriber& subscriber) { return std::erase(subscribers_, &subscriber) > 0; }
  bool empty() const { return subscribers_.empty(); }

  void take(EventBatchPtr batch);
  /// Gives what waits and says that nothing more comes.
  void finish();

 private:
  enum class State { idle, working, resting };

  void begin_round();
  void end_round(std::chrono::steady_clock::duration took);
  void wake();
  void give_waiting();

  const Executor executor_;
  std::vector<Subscriber*> subscribers_;
  std::vector<EventBatchPtr> waiting_;
  std::size_t waiting_events_ = 0;
  State state_ = State::idle;
  SteadyTimer timer_;
};

}  // namespace papi::events
