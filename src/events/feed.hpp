#pragma once

#include <optional>

#include "events/event_filter.hpp"
#include "events/event_store.hpp"
#include "events/fan_out.hpp"
#include "events/session_directory.hpp"

namespace papi::events {

/// What feeds of a kind share. Everything outlives them.
struct FeedParts {
  SessionDirectory& sessions;
  EventStore& store;
  FanOut& fan_out;
};

/// Where a feed's events go.
class FeedSink {
 public:
  virtual ~FeedSink() = default;
  /// Live events, in order: queues them and returns at once.
  virtual void deliver(const std::vector<EventPtr>& events) = 0;
  /// The same of a whole batch, whose encodings are shared.
  virtual void deliver_batch(const EventBatch& batch) { deliver(batch.events()); }
  /// Events that were missed, at most as many as room() said.
  virtual void deliver_missed(const std::vector<EventPtr>& events) = 0;
  /// Waits until missed events may be delivered; how many, so that live ones still find room behind them. 0:
  /// the reader is gone or too slow.
  virtual Task<std::size_t> room() = 0;
  /// The session was deleted, or its id given to another room: a new log with a new epoch.
  virtual void session_gone() = 0;
};

struct FeedRequest {
  std::string session_id;
  Viewer viewer;
  std::shared_ptr<SessionLease> lease = {};  // is bound to the session when it is found; nullptr: none
  std::optional<std::uint64_t> after;        // nothing: live only
  std::string epoch;                         // empty: the current one
  bool epoch_unknown =
      false;  // `after` is an offset of some log of this session id, and nobody knows of which
  EventFilter filter;
};

struct FeedStart {
  std::string epoch;
  std::uint64_t offset = 0;  // the first event has a larger one
  bool recovered = false;    // everything behind `after` comes
};

/// Where a reader begins that wants what is behind `after`: there if all of it is kept, else (`recovered`
/// false) at the first event behind it that is kept.
Task<Result<FeedStart>> start_behind(EventStore& store, Executor thread, SessionPosition log,
                                     std::uint64_t after);

/// One reader's way through one session's log: first what it missed, page by page out of the store at the
/// reader's own speed, then live out of the fan-out. The seam is an offset: the feed subscribes, asks for the
/// log's position, reads the store up to it and drops what the fan-out delivered twice, so nothing is left
/// out and nothing comes twice. Lives on one io thread.
class Feed final : private Subscriber {
 public:
  /// The most that deliver_missed() gets at once: fits into what room() waits for, half of a subscriber's
  /// queue.
  static constexpr std::size_t page_events = 500;
  static constexpr std::size_t page_bytes = 256 * 1024;

  Feed(const FeedParts& parts, Executor thread, FeedRequest request, FeedSink& sink);
  ~Feed() override;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// NOT_FOUND: no such session.
  Task<Result<FeedStart>> open();
  /// After open(): replays, and returns when the feed is live; false: the sink gave up. Events come by
  /// deliver() from then on, until stop().
  Task<Result<bool>> run();
  /// No more events.
  void stop();

 private:
  static constexpr std::size_t max_buffered = 5'000;
  static constexpr std::uint64_t far_behind = 2'000;  // events; not worth a buffer meanwhile

  void on_events(const EventBatch& batch) override;
  void on_gone() override;
  void subscribe();
  void unsubscribe();
  Task<Result<bool>> replay(std::uint64_t up_to);
  Task<bool> deliver_page(std::vector<EventPtr> events);
  Task<bool> drain_buffer();
  std::vector<EventPtr> wanted_of(const std::vector<EventPtr>& events);
  void pass_on(const EventBatch& batch);

  const FeedParts parts_;
  const Executor thread_;
  const FeedRequest request_;
  const bool takes_all_;
  FeedSink& sink_;
  std::int64_t session_key_ = 0;
  std::uint64_t position_ = 0;      // of the last event passed on, or left out by the filter
  std::uint64_t seam_ = 0;          // the fan-out gives all that is above it
  std::vector<EventPtr> buffered_;  // live events that wait for the replay to reach them
  bool subscribed_ = false;
  bool live_ = false;
  bool overflowed_ = false;
  bool stopped_ = false;
};

}  // namespace papi::events
