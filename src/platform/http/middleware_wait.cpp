#include "platform/http/middleware_wait.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

namespace papi::http {

Task<bool> MiddlewareWait::run(Task<std::optional<Error>> task) {
  if (given_up_) co_return false;
  running_ = true;
  auto ended = [this](std::exception_ptr escaped, std::optional<Error> refusal) {
    running_ = false;
    escaped_ = std::move(escaped);
    refusal_ = std::move(refusal);
    changed_.notify();
  };
  net::co_spawn(executor_, std::move(task), net::bind_cancellation_slot(cancel_.slot(), std::move(ended)));
  while (running_ && !given_up_) co_await changed_.wait();
  if (given_up_) co_return false;
  if (escaped_) std::rethrow_exception(escaped_);
  co_return true;
}

void MiddlewareWait::give_up() {
  if (given_up_) return;
  given_up_ = true;
  changed_.notify();
  if (running_) cancel_.emit(net::cancellation_type::terminal);
}

Task<void> MiddlewareWait::finish() {
  while (running_) co_await changed_.wait();
}

}  // namespace papi::http
