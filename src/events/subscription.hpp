#pragma once

#include <optional>

#include "events/event_filter.hpp"
#include "events/event_store.hpp"
#include "events/fan_out.hpp"
#include "events/session_directory.hpp"

namespace papi::events {

/// What the subscriptions share. All of it must outlive them.
struct SubscriptionDependencies {
  SessionDirectory& sessions;
  EventStore& store;
  FanOut& fan_out;
};

/// Receives the events of a subscription.
class SubscriptionSink {
 public:
  virtual ~SubscriptionSink() = default;
  /// Called before live events are delivered that came from the platform at that time.
  virtual void set_received(std::chrono::steady_clock::time_point) {}
  /// Live events, in order. Must queue them and return at once.
  virtual void deliver(const std::vector<EventPtr>& events) = 0;
  /// Live events of a whole batch, whose frames are shared with other subscribers.
  virtual void deliver_batch(const EventBatch& batch) { deliver(batch.events()); }
  /// Replayed events, at most as many as capacity() returned.
  virtual void deliver_missed(const std::vector<EventPtr>& events) = 0;
  /// Waits until replayed events may be delivered. Returns how many, so that live events still fit into the
  /// queue after them. Returns 0 if the reader has disconnected or is too slow.
  virtual Task<std::size_t> capacity() = 0;
  /// The session was deleted, or its id was given to another session, which has a new event log with a new
  /// epoch.
  virtual void session_gone() = 0;
};

struct SubscriptionRequest {
  std::string session_id;
  Viewer viewer;
  std::shared_ptr<SessionGuard> guard = {};  // is bound to the session; may be nullptr
  std::optional<Offset> after;               // nullopt: only live events
  std::string epoch;                         // empty: the current epoch
  bool epoch_unknown = false;                // `after` may be of an earlier event log of this session id
  EventFilter filter;
  std::string_view credential = {};  // how the caller was identified; static storage
};

struct SubscriptionStart {
  std::string epoch;
  Offset offset;           // the first event has a larger offset
  bool recovered = false;  // every event after `after` will be delivered
};

/// Returns where a reader begins that wants the events after `after`: there, if all of them are kept;
/// otherwise at the first kept event, with `recovered` false.
Task<Result<SubscriptionStart>> start_behind(EventStore& store, Executor thread, SessionPosition log,
                                             Offset after);

/// One reader's way through one session's event log: first the replay of missed events, page by page from the
/// store, at the reader's speed; then live events from the fan-out.
///
/// The handover happens at an offset. The subscription subscribes, then asks for the position of the event
/// log, replays up to that position, and drops events that the fan-out delivers a second time. So no event is
/// lost and none is delivered twice. Lives on one io thread.
class Subscription final : private Subscriber {
 public:
  /// The most that deliver_missed() gets in one call. It fits into the free half of the queue that capacity()
  /// waits for.
  static constexpr std::size_t page_events = 500;
  static constexpr std::size_t page_bytes = 256 * 1024;

  Subscription(const SubscriptionDependencies& deps, Executor thread, SubscriptionRequest request,
               SubscriptionSink& sink);
  ~Subscription() override;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// Fails with NOT_FOUND if there is no such session that the viewer may read.
  Task<Result<SubscriptionStart>> open();
  /// Call it after open(). Replays, and returns true when the subscription is live; then events come by
  /// deliver() until stop(). Also returns true if the reader's authorization has ended, because the
  /// connection then gives the reason. Returns false if the subscription must end: the reader has
  /// disconnected or is too slow, retention has overtaken the replay, or the session no longer exists.
  Task<Result<bool>> run();
  /// After this no more events are delivered.
  void stop();
  /// The offset of the last event that was delivered or filtered out.
  Offset position() const { return position_; }

 private:
  static constexpr std::size_t max_buffered = 5'000;
  static constexpr std::uint64_t far_behind = 2'000;  // events; then it replays before it subscribes

  void on_events(const EventBatch& batch) override;
  void on_gone() override;
  void subscribe();
  void unsubscribe();
  Task<Result<bool>> replay(Offset up_to);
  Task<bool> deliver_page(std::vector<EventPtr> events);
  Task<bool> drain_buffer();
  std::vector<EventPtr> wanted_of(const std::vector<EventPtr>& events);
  void pass_on(const EventBatch& batch);

  const SubscriptionDependencies deps_;
  const Executor thread_;
  const SubscriptionRequest request_;
  const bool takes_all_;
  SubscriptionSink& sink_;
  SessionKey session_key_;
  Offset position_;                 // offset of the last event that was delivered or filtered out
  Offset seam_;                     // handover offset: the fan-out delivers everything above it
  std::vector<EventPtr> buffered_;  // live events that wait until the replay reaches them
  bool subscribed_ = false;
  bool live_ = false;
  bool overflowed_ = false;
  bool stopped_ = false;
};

}  // namespace papi::events
