#include "platform/base/work_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace papi {
namespace {

constexpr int nicer = 5;

}  // namespace

WorkPool::WorkPool(std::size_t threads, std::size_t max_waiting)
    : queue_({threads, max_waiting, (max_waiting + 1) / 2}) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run_jobs(); });
}

WorkPool::~WorkPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool WorkPool::enqueue(const std::string& caller, Job job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !queue_.push(caller, std::move(job))) return false;
  }
  wake_.notify_one();
  return true;
}

void WorkPool::run_jobs() {
  // On Linux the priority is the thread's own (setpriority(2), "C library/kernel differences").
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nicer);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto turn = queue_.pop();
    if (!turn) {
      wake_.wait(lock);
      continue;
    }
    lock.unlock();
    turn->job();
    turn->job = nullptr;  // what it holds goes before the lock is taken
    lock.lock();
    queue_.done(turn->caller);
    if (queue_.size() > 0) wake_.notify_one();  // the caller's next may run now
  }
}

}  // namespace papi
