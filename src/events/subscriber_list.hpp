#pragma once

#include <memory>
#include <vector>

#include "events/event_batch.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/notifier.hpp"

namespace papi::events {

/// One listener of one session, on one io thread.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  /// Called in offset order, on the thread that subscribed. Must not block.
  virtual void on_events(const EventBatch& batch) = 0;
  /// The event log has ended: the session was deleted, or its id was given to another session. Called on the
  /// same thread.
  virtual void on_gone() {}
};

/// The subscribers of one session on one thread.
///
/// Each write to a socket costs a system call, however little is written. So after a flush to many
/// subscribers the list pauses, in proportion to the time that the flush took, and leaves the thread to
/// others. Events that come during the pause are flushed together. Few subscribers, or many waiting events,
/// are never delayed. Lives on its thread. Must be owned by a shared_ptr.
class SubscriberList : public std::enable_shared_from_this<SubscriberList> {
 public:
  static constexpr std::size_t few = 16;                  // up to this many subscribers there is no pause
  static constexpr std::size_t max_waiting_events = 100;  // this many waiting events end a pause
  static constexpr int pause_factor = 6;                  // times the duration of the flush
  static constexpr std::chrono::milliseconds min_pause{1};
  static constexpr std::chrono::milliseconds max_pause{40};

  /// `clock` measures the flushes. It must outlive the list.
  SubscriberList(Executor executor, const Clock& clock)
      : executor_(executor), clock_(clock), timer_(executor) {}

  void add(Subscriber& subscriber) { subscribers_.push_back(&subscriber); }
  /// Returns false if the subscriber was not in the list.
  bool remove(Subscriber& subscriber) { return std::erase(subscribers_, &subscriber) > 0; }
  bool empty() const { return subscribers_.empty(); }
  /// How long the present pause lasts; 0: there is none.
  std::chrono::steady_clock::duration pause() const { return pause_; }

  void take(EventBatchPtr batch);
  /// Delivers the waiting events and then calls on_gone() of every subscriber.
  void finish();

 private:
  enum class State { idle, working, paused };

  void begin_flush();
  void end_flush(std::chrono::steady_clock::duration took);
  void wake();
  void deliver_waiting();

  const Executor executor_;
  const Clock& clock_;
  std::vector<Subscriber*> subscribers_;
  std::vector<EventBatchPtr> waiting_;
  std::size_t waiting_events_ = 0;
  State state_ = State::idle;
  std::chrono::steady_clock::duration pause_{0};  // while paused
  SteadyTimer timer_;
};

}  // namespace papi::events
