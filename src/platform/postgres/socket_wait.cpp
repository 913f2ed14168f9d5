#include "platform/postgres/socket_wait.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace papi::postgres {

void SocketWait::set_deadline(Deadline deadline) {
  State& state = *state_;
  state.late = false;
  const std::uint64_t number = ++state.deadlines;
  state.timer.expires_at(deadline);
  state.timer.async_wait([weak = std::weak_ptr<State>(state_), number](boost::system::error_code cancelled) {
    const auto live = cancelled ? nullptr : weak.lock();
    if (!live || live->deadlines != number) return;
    live->late = true;
    boost::system::error_code ignored;
    live->descriptor.cancel(ignored);
  });
}

void SocketWait::clear_deadline() {
  ++state_->deadlines;
  state_->late = false;
  state_->timer.cancel();
}

void SocketWait::assign(int socket) {
  release();
  if (socket >= 0 && !state_->closed) {
    boost::system::error_code failed;
    state_->descriptor.assign(socket, failed);
    if (failed) state_->closed = true;
  }
}

void SocketWait::release() {
  if (state_->descriptor.is_open()) state_->descriptor.release();
}

void SocketWait::close() {
  state_->closed = true;
  release();
  clear_deadline();
}

SocketWait::Ready SocketWait::verdict() const {
  if (state_->closed) return Ready::closed;
  return state_->late ? Ready::late : Ready::yes;
}

Task<SocketWait::Ready> SocketWait::wait(Descriptor::wait_type what) {
  const auto state = state_;
  const Ready before = verdict();
  if (before != Ready::yes) co_return before;
  if (!state->descriptor.is_open()) co_return Ready::closed;
  auto [failed] = co_await state->descriptor.async_wait(what, as_result);
  if (state->closed) co_return Ready::closed;
  if (state->late) co_return Ready::late;
  // Cancelled from outside: whoever waits must give up.
  co_return failed ? Ready::closed : Ready::yes;
}

Task<SocketWait::Ready> SocketWait::readable() { return wait(Descriptor::wait_read); }
Task<SocketWait::Ready> SocketWait::writable() { return wait(Descriptor::wait_write); }

Task<SocketWait::Ready> SocketWait::readable_or_writable() {
  using namespace net::experimental::awaitable_operators;
  const auto first = co_await (wait(Descriptor::wait_read) || wait(Descriptor::wait_write));
  co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
}

}  // namespace papi::postgres
