#include "events/subscriber_list.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace papi::events {

void SubscriberList::take(EventBatchPtr batch) {
  waiting_events_ += batch->events().size();
  waiting_.push_back(std::move(batch));
  const bool due =
      state_ == State::idle || (state_ == State::paused && waiting_events_ >= max_waiting_events);
  if (due) begin_flush();
}

void SubscriberList::deliver_waiting() {
  waiting_events_ = 0;
  for (const EventBatchPtr& batch : std::exchange(waiting_, {})) {
    const std::vector<Subscriber*> subscribers = subscribers_;  // one that is too slow leaves during the loop
    for (Subscriber* subscriber : subscribers) subscriber->on_events(*batch);
  }
}

void SubscriberList::begin_flush() {
  state_ = State::working;
  pause_ = {};
  const auto begun = clock_.steady();
  deliver_waiting();
  // Runs after the writers that the flush has woken, so by then they have written.
  net::post(executor_,
            [self = shared_from_this(), begun] { self->end_flush(self->clock_.steady() - begun); });
}

void SubscriberList::end_flush(std::chrono::steady_clock::duration took) {
  const auto pause = std::min<std::chrono::steady_clock::duration>(took * pause_factor, max_pause);
  if (subscribers_.size() <= few || pause < min_pause || waiting_events_ >= max_waiting_events) return wake();
  state_ = State::paused;
  pause_ = pause;
  timer_.expires_after(pause);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (!ec && self->state_ == State::paused) self->wake();
  });
}

void SubscriberList::wake() {
  state_ = State::idle;
  pause_ = {};
  if (!waiting_.empty()) begin_flush();
}

void SubscriberList::finish() {
  deliver_waiting();
  const std::vector<Subscriber*> subscribers = subscribers_;  // subscribers may leave during the loop
  for (Subscriber* subscriber : subscribers) subscriber->on_gone();
}

}  // namespace papi::events
