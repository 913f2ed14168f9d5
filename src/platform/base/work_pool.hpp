#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "platform/base/completion.hpp"
#include "platform/base/error.hpp"
#include "platform/base/fair_queue.hpp"

namespace papi {

/// Threads for work that would hold up an io thread: password hashes. They give way to all others (a lower
/// scheduling priority), no more than `max_waiting` jobs wait, and callers take turns: see FairQueue.
class WorkPool {
 public:
  WorkPool(std::size_t threads, std::size_t max_waiting);
  /// Drops what waits, ends after what runs. Nobody may be waiting for an answer any more.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  /// Runs `work` on one of the threads. UNAVAILABLE: too much is waiting, of all or half as much of this
  /// caller; INTERNAL: it threw. `executor` is the caller's. `caller`: whom it is done for; empty: nobody.
  template <class Value>
  Task<Result<Value>> run(Executor executor, std::function<Value()> work, std::string caller = {}) {
    Completion<Result<Value>> completion(executor);
    Job job = [completion, work = std::move(work)] {
      try {
        completion.set(work());
      } catch (const std::exception&) {  // no memory for a hash, for one
        completion.set(Error(ErrorCode::internal, "Internal server error"));
      }
    };
    if (!enqueue(caller, std::move(job))) {
      json::object details;
      details["retry_after"] = 2;
      co_return Error(ErrorCode::unavailable, "Too much work of this kind is waiting; try again",
                      std::move(details));
    }
    co_return co_await completion.get();
  }

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
