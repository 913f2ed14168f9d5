#include "events/audience.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

namespace papi::events {

void Audience::take(EventBatchPtr batch) {
  waiting_events_ += batch->events().size();
  waiting_.push_back(std::move(batch));
  const bool due = state_ == State::idle || (state_ == State::resting && waiting_events_ >= most_waiting);
  if (due) begin_round();
}

void Audience::give_waiting() {
  waiting_events_ = 0;
  for (const EventBatchPtr& batch : std::exchange(waiting_, {})) {
    const std::vector<Subscriber*> subscribers = subscribers_;  // one that is too slow leaves meanwhile
    for (Subscriber* subscriber : subscribers) subscriber->on_events(*batch);
  }
}

void Audience::begin_round() {
  state_ = State::working;
  const auto begun = std::chrono::steady_clock::now();
  give_waiting();
  // Behind the writers that the round has woken: when this runs, they have written.
  net::post(executor_, [self = shared_from_this(), begun] {
    self->end_round(std::chrono::steady_clock::now() - begun);
  });
}

void Audience::end_round(std::chrono::steady_clock::duration took) {
  const auto rest = std::min<std::chrono::steady_clock::duration>(took * rest_factor, longest_rest);
  if (subscribers_.size() <= few || rest < shortest_rest || waiting_events_ >= most_waiting) return wake();
  state_ = State::resting;
  timer_.expires_after(rest);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (!ec && self->state_ == State::resting) self->wake();
  });
}

void Audience::wake() {
  state_ = State::idle;
  if (!waiting_.empty()) begin_round();
}

void Audience::finish() {
  give_waiting();
  const std::vector<Subscriber*> subscribers = subscribers_;  // they may leave while they are told
  for (Subscriber* subscriber : subscribers) subscriber->on_gone();
}

}  // namespace papi::events
