#include "platform/base/thread_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

namespace papi {
namespace {

constexpr int nicer = 5;

}  // namespace

ThreadPool::ThreadPool(std::size_t threads, std::size_t max_waiting)
    : queue_({threads, max_waiting, (max_waiting + 1) / 2}) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run_jobs(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ThreadPool::enqueue(const std::string& caller, Job job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || !queue_.push(caller, std::move(job))) return false;
  }
  wake_.notify_one();
  return true;
}

std::size_t ThreadPool::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void ThreadPool::run_jobs() {
  // On Linux the priority belongs to the thread (setpriority(2), "C library/kernel differences").
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), nicer);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto item = queue_.pop();
    if (!item) {
      wake_.wait(lock);
      continue;
    }
    lock.unlock();
    item->job();
    item->job = nullptr;  // what it holds is freed without the lock
    lock.lock();
    queue_.done(item->caller);
    if (queue_.size() > 0) wake_.notify_one();  // the caller's next job may run now
  }
}

}  // namespace papi
