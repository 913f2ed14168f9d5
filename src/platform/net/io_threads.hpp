#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "platform/base/task.hpp"

namespace papi {

/// A set of threads with one io_context each. What is opened on a context stays on its thread, so it needs no
/// lock. Values for another thread are posted to it (docs/threads.md).
class IoThreads {
 public:
  explicit IoThreads(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      contexts_.push_back(std::make_unique<net::io_context>(1));
      guards_.emplace_back(contexts_.back()->get_executor());
    }
  }
  ~IoThreads() { stop(); }
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  void start() {
    for (auto& context : contexts_) threads_.emplace_back([&context] { context->run(); });
  }
  /// Stops the event loops and joins the threads. A handler that runs is finished; queued handlers are not
  /// run (docs/threads.md).
  void stop() {
    guards_.clear();
    for (auto& context : contexts_) context->stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  std::size_t size() const { return contexts_.size(); }
  Executor executor(std::size_t i) { return contexts_[i]->get_executor(); }

 private:
  std::vector<std::unique_ptr<net::io_context>> contexts_;
  std::vector<net::executor_work_guard<Executor>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace papi
