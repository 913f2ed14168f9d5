#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "events/event_json.hpp"
#include "events/session_access.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::events {

/// Something that has happened to a session as a whole.
struct SessionNotice {
  enum class Kind : std::uint8_t {
    changed,  // its event log has a new `session` event
    shared,   // other users or keys may read it now
    deleted,  // it was deleted, or its id was given to another session
  };
  Kind kind = Kind::changed;
  std::uint64_t number = 0;  // 1, 2, 3 and so on
  std::string session_id;
  std::string epoch;
  SessionAccessPtr access = {};  // of `changed` and `shared`
  EventPtr event = {};           // of `changed`
  std::string summary = {};      // of `shared`: the session as a JSON object
};
using SessionNoticePtr = std::shared_ptr<const SessionNotice>;

class SessionWatcher {
 public:
  virtual ~SessionWatcher() = default;
  /// Called in the order of `number`, on the watcher's thread. Must not block, and must not add or remove a
  /// watcher. It is called for all sessions: the watcher leaves out those that it may not read.
  virtual void on_notice(const SessionNoticePtr& notice) = 0;
};

/// Tells watchers on the io threads what happens to all sessions. Stop the threads before this object is
/// destroyed.
class SessionChanges {
 public:
  explicit SessionChanges(IoThreads& threads);

  /// Call these on the watcher's own thread. The watcher must be removed before it is destroyed.
  void add(Executor thread, SessionWatcher& watcher);
  void remove(Executor thread, SessionWatcher& watcher);

  // The members below belong to the live thread.
  /// Sets `number` and hands the notice to all watchers. Costs nothing else if there are none.
  void publish(SessionNotice notice);
  /// The number of the newest notice.
  std::uint64_t newest() const { return newest_; }
  /// Returns whether there is a watcher. One that is being added may be missed; it gets the present state
  /// afterwards.
  bool watched() const;

 private:
  struct Shard {
    explicit Shard(Executor e) : executor(e) {}
    Executor executor;
    std::vector<SessionWatcher*> watchers;  // used on the executor's thread only
    std::atomic<std::size_t> count{0};      // of `watchers`
  };
  Shard& shard_of(Executor thread);

  std::vector<std::unique_ptr<Shard>> shards_;
  std::uint64_t newest_ = 0;
};

}  // namespace papi::events
