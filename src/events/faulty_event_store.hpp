#pragma once

// An EventStore whose appends can be held, failed and answered late, and whose deletions can lose their
// answer. For tests.

#include <condition_variable>
#include <mutex>
#include <vector>

#include "events/event_store.hpp"
#include "platform/base/promise.hpp"

namespace papi::events {

/// Passes all operations on to a real store, except that append() and the changes of sessions do what they
/// were told to do. The members that are not of EventStore may be called from any thread. The store must
/// outlive it.
class FaultyEventStore final : public EventStore {
 public:
  explicit FaultyEventStore(EventStore& store) : store_(store) {}
  ~FaultyEventStore() override { release(); }

  /// The next `count` appends fail, and store nothing.
  void fail_appends(int count) { set(&FaultyEventStore::failing_, count); }
  /// The next `count` changes of sessions (create, save, mark as deleted) fail, and store nothing.
  void fail_session_changes(int count) { set(&FaultyEventStore::failing_changes_, count); }
  /// The next `count` appends are stored, and fail all the same: their caller does not know the outcome.
  void lose_answers(int count) { set(&FaultyEventStore::losing_, count); }
  /// The next `count` deletions are stored, and fail all the same.
  void lose_deletions(int count) { set(&FaultyEventStore::losing_deletions_, count); }
  /// Until release(), every append waits before it is stored.
  void hold_appends() { set(&FaultyEventStore::holding_appends_, 1); }
  /// Until release(), every append is stored, and its answer waits.
  void hold_answers() { set(&FaultyEventStore::holding_answers_, 1); }
  /// Waits until that many appends are held.
  void wait_for_held(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_.size() >= count; });
  }
  /// Lets everything go on that is held.
  void release() {
    std::lock_guard lock(mutex_);
    holding_appends_ = holding_answers_ = 0;
    for (const auto& held : held_) held.set(true);
    held_.clear();
  }
  /// How many appends the real store has answered.
  std::size_t stored_appends() {
    std::lock_guard lock(mutex_);
    return stored_;
  }

  Task<Result<AppendResult>> append(Executor executor, std::vector<StoredBatch> batches,
                                    UpstreamPosition position) override {
    if (take(&FaultyEventStore::failing_))
      co_return Error(ErrorCode::database, "The append was made to fail");
    co_await wait_if(&FaultyEventStore::holding_appends_, executor);
    auto result = co_await store_.append(executor, std::move(batches), std::move(position));
    count_stored();
    co_await wait_if(&FaultyEventStore::holding_answers_, executor);
    if (take(&FaultyEventStore::losing_))
      co_return Error(ErrorCode::database, "The answer was made to be lost");
    co_return result;
  }

  bool keeps_events() const override { return store_.keeps_events(); }
  Task<Result<std::vector<StoredSession>>> load_sessions(Executor executor, std::size_t limit) override {
    return store_.load_sessions(executor, limit);
  }
  Task<Result<CreatedSession>> create_session(Executor executor, StoredSession session,
                                              SessionKey replaced) override {
    if (take(&FaultyEventStore::failing_changes_)) co_return refused_change();
    co_return co_await store_.create_session(executor, std::move(session), replaced);
  }
  Task<Result<void>> save_session(Executor executor, StoredSession session) override {
    if (take(&FaultyEventStore::failing_changes_)) co_return refused_change();
    co_return co_await store_.save_session(executor, std::move(session));
  }
  Task<Result<void>> mark_deleted(Executor executor, SessionKey session_key, UnixMs now) override {
    if (take(&FaultyEventStore::failing_changes_)) co_return refused_change();
    auto result = co_await store_.mark_deleted(executor, session_key, now);
    if (take(&FaultyEventStore::losing_deletions_))
      co_return Error(ErrorCode::database, "The answer was made to be lost");
    co_return result;
  }
  Task<Result<void>> delete_rows(Executor executor, SessionKey session_key) override {
    return store_.delete_rows(executor, session_key);
  }
  Task<Result<std::vector<KnownSession>>> session_keys(Executor executor) override {
    return store_.session_keys(executor);
  }
  Task<Result<EventPage>> read(Executor executor, EventQuery query) override {
    return store_.read(executor, std::move(query));
  }
  Task<Result<SessionPast>> past(Executor executor, SessionKey session_key, std::string room,
                                 std::size_t limit) override {
    return store_.past(executor, session_key, std::move(room), limit);
  }
  Task<Result<std::vector<SessionKey>>> sessions_with_open_streaks(Executor executor) override {
    return store_.sessions_with_open_streaks(executor);
  }
  Task<Result<UnixMs>> newest_platform_time(Executor executor) override {
    return store_.newest_platform_time(executor);
  }
  Task<Result<bool>> trim(Executor executor, SessionKey session_key, Retention retention,
                          UnixMs now) override {
    return store_.trim(executor, session_key, retention, now);
  }
  Task<Result<std::size_t>> erase_person(Executor executor, std::string username,
                                         std::string nickname) override {
    return store_.erase_person(executor, std::move(username), std::move(nickname));
  }
  void stop_long_work() override { store_.stop_long_work(); }

 private:
  static Error refused_change() { return Error(ErrorCode::database, "The change was made to fail"); }
  using Counter = int FaultyEventStore::*;
  void set(Counter counter, int value) {
    std::lock_guard lock(mutex_);
    this->*counter = value;
  }
  bool take(Counter counter) {
    std::lock_guard lock(mutex_);
    return this->*counter > 0 && (this->*counter)-- > 0;
  }
  void count_stored() {
    std::lock_guard lock(mutex_);
    ++stored_;
  }
  Task<void> wait_if(Counter holding, Executor executor) {
    const Promise<bool> released(executor);
    {
      std::lock_guard lock(mutex_);
      if (this->*holding == 0) co_return;
      held_.push_back(released);
    }
    changed_.notify_all();
    co_await released.get();
  }

  EventStore& store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Promise<bool>> held_;
  int failing_ = 0, failing_changes_ = 0, losing_ = 0, losing_deletions_ = 0, holding_appends_ = 0,
      holding_answers_ = 0;
  std::size_t stored_ = 0;
};

}  // namespace papi::events
