#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/fair_queue.hpp"
#include "platform/base/promise.hpp"

namespace papi {

/// Threads for work that would block an io thread: password hashes. They run at a lower scheduling priority
/// than all other threads. At most `max_waiting` jobs wait. The callers take turns: see FairQueue.
class ThreadPool {
 public:
  ThreadPool(std::size_t threads, std::size_t max_waiting);
  /// Drops the waiting jobs and waits for the running ones. No coroutine may still await run().
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs `work` on one of the threads. Fails with UNAVAILABLE if `max_waiting` jobs wait, or half as many of
  /// this caller. Fails with INTERNAL if `work` threw. `executor` is that of the calling coroutine. `caller`
  /// names whom the work is for; empty: the service itself.
  template <class Value>
  Task<Result<Value>> run(Executor executor, std::function<Value()> work, std::string caller = {}) {
    Promise<Result<Value>> completion(executor);
    Job job = [completion, work = std::move(work)] {
      try {
        completion.set(work());
      } catch (const std::exception&) {  // for example no memory for a hash
        completion.set(Error(ErrorCode::internal, "Internal server error"));
      }
    };
    if (!enqueue(caller, std::move(job))) {
      co_return retry_later(ErrorCode::unavailable, "Too much work of this kind is waiting; try again",
                            std::chrono::seconds(2));
    }
    co_return co_await completion.get();
  }
  /// Returns how many jobs wait for a thread.
  std::size_t waiting();

 private:
  using Job = std::function<void()>;
  bool enqueue(const std::string& caller, Job job);
  void run_jobs();

  std::mutex mutex_;
  std::condition_variable wake_;
  FairQueue<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace papi
