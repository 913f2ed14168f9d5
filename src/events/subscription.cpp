#include "events/subscription.hpp"

#include <utility>

namespace papi::events {

Subscription::Subscription(const SubscriptionDependencies& deps, Executor thread, SubscriptionRequest request,
                           SubscriptionSink& sink)
    : deps_(deps),
      thread_(thread),
      request_(std::move(request)),
      takes_all_(request_.filter.types == ~0u && !request_.filter.by_person() &&
                 !request_.filter.reads_text()),
      sink_(sink) {}

Subscription::~Subscription() { stop(); }

void Subscription::stop() {
  stopped_ = true;
  unsubscribe();
}

void Subscription::subscribe() {
  if (subscribed_) return;
  subscribed_ = true;
  overflowed_ = false;
  deps_.fan_out.subscribe(thread_, request_.session_id, *this);
}

void Subscription::unsubscribe() {
  if (subscribed_) deps_.fan_out.unsubscribe(thread_, request_.session_id, *this);
  subscribed_ = live_ = false;
  buffered_.clear();
}

Task<Result<SubscriptionStart>> start_behind(EventStore& store, Executor thread, SessionPosition log,
                                             Offset after) {
  SubscriptionStart start;
  start.epoch = log.epoch;
  start.offset = std::min(after, log.last_offset);
  start.recovered = after == log.last_offset;
  if (after >= log.last_offset) co_return start;
  EventQuery look;
  look.session_key = log.key;
  look.after = after;
  look.limit = 0;
  CO_TRY(const EventPage page, co_await store.read(thread, std::move(look)));
  // `after` 0 means the first kept event, wherever that is.
  start.recovered =
      page.first_kept != Offset() && (after == Offset() || page.first_kept <= next_offset(after));
  if (!start.recovered)
    start.offset = page.first_kept == Offset() ? log.last_offset : previous_offset(page.first_kept);
  co_return start;
}

Task<Result<SubscriptionStart>> Subscription::open() {
  // Subscribes before it asks for the position. Events that are published in between wait in the buffer.
  subscribe();
  const auto now = co_await deps_.sessions.position(request_.session_id, request_.viewer);
  if (!now) {
    unsubscribe();
    co_return Error(ErrorCode::not_found, "There is no session of that id");
  }
  if (request_.guard) request_.guard->bind(now->access);
  SubscriptionStart start;
  start.epoch = now->epoch;
  session_key_ = now->key;
  position_ = seam_ = now->last_offset;
  if (request_.after) {
    // Without an epoch, the offset may belong to an earlier event log. After 0 is always
    // safe, because it skips nothing in any event log.
    const bool may_be_another = request_.epoch_unknown && !now->first_log && *request_.after > Offset();
    const bool same_log = request_.epoch.empty() ? !may_be_another : request_.epoch == now->epoch;
    if (same_log) {
      CO_TRY(start, co_await start_behind(deps_.store, thread_, *now, *request_.after));
    }
    if (start.recovered) position_ = *request_.after;
  }
  if (distance(position_, seam_) > far_behind) unsubscribe();
  start.offset = position_;
  co_return start;
}

Task<Result<bool>> Subscription::run() {
  for (;;) {
    if (!subscribed_) {
      // Far behind, it replays without being subscribed. Otherwise a long history would fill the buffer.
      CO_TRY(const bool near, co_await replay(max_offset));
      if (!near) co_return false;
      subscribe();
      const auto now = co_await deps_.sessions.position(request_.session_id, request_.viewer);
      if (!now && request_.guard && !request_.guard->still_valid()) {
        stop();  // the connection gives the reason
        co_return true;
      }
      if (!now || stopped_) co_return false;
      seam_ = now->last_offset;
    }
    CO_TRY(const bool reached, co_await replay(seam_));
    if (!reached) co_return false;
    position_ = std::max(position_, seam_);  // the filter left out the rest
    const bool taken = co_await drain_buffer();
    if (!taken) co_return false;
    if (!overflowed_) break;
    if (!deps_.store.keeps_events()) co_return false;  // what overflowed is not stored
    unsubscribe();                                     // too many came in the meantime: replay those too
  }
  live_ = true;
  co_return true;
}

/// Delivers what came during the replay, at the reader's speed, until nothing waits. The next event is then
/// live.
Task<bool> Subscription::drain_buffer() {
  while (!buffered_.empty()) {
    const std::vector<EventPtr> waiting = std::exchange(buffered_, {});
    const bool taken = co_await deliver_page(wanted_of(waiting));
    if (!taken) co_return false;
  }
  co_return !stopped_;
}

/// Delivers the events that the store has in (position, up_to], page by page.
Task<Result<bool>> Subscription::replay(Offset up_to) {
  while (position_ < up_to && !stopped_) {
    EventQuery query;
    query.session_key = session_key_;
    query.after = position_;
    query.up_to = up_to;
    query.limit = page_events;
    query.max_bytes = page_bytes;
    query.filter = request_.filter;
    query.caller = request_.viewer.user_id();
    CO_TRY(EventPage page, co_await deps_.store.read(thread_, std::move(query)));
    // Retention has overtaken a slow reader. Ending the subscription is better than a hole.
    if (position_ > Offset() && page.first_kept > next_offset(position_)) co_return false;
    const bool taken = co_await deliver_page(std::move(page.events));
    if (!taken) co_return false;
    position_ = page.next_after;
    if (!page.more) break;
  }
  co_return !stopped_;
}

Task<bool> Subscription::deliver_page(std::vector<EventPtr> events) {
  for (std::size_t at = 0; at < events.size();) {
    const std::size_t room = co_await sink_.capacity();
    if (room == 0 || stopped_) co_return false;
    const std::size_t end = std::min(events.size(), at + room);
    const std::vector<EventPtr> part(events.begin() + static_cast<std::ptrdiff_t>(at),
                                     events.begin() + static_cast<std::ptrdiff_t>(end));
    sink_.deliver_missed(part);
    at = end;
  }
  co_return !stopped_;
}

void Subscription::on_events(const EventBatch& batch) {
  if (stopped_ || overflowed_) return;
  if (live_) return pass_on(batch);
  const std::vector<EventPtr>& events = batch.events();
  if (buffered_.size() + events.size() > max_buffered) {
    overflowed_ = true;
    buffered_.clear();
    return;
  }
  buffered_.insert(buffered_.end(), events.begin(), events.end());
}

void Subscription::on_gone() {
  stopped_ = true;
  sink_.session_gone();
}

/// Returns the events after the position that the filter lets through. Moves the position after all of them.
std::vector<EventPtr> Subscription::wanted_of(const std::vector<EventPtr>& events) {
  std::vector<EventPtr> wanted;
  for (const EventPtr& event : events) {
    if (event->offset <= position_) continue;
    position_ = event->offset;
    if (request_.filter.matches(*event)) wanted.push_back(event);
  }
  return wanted;
}

void Subscription::pass_on(const EventBatch& batch) {
  const std::vector<EventPtr>& events = batch.events();
  if (events.empty()) return;
  metrics::Counter& delivered = deps_.fan_out.metrics().delivered;
  if (takes_all_ && events.front()->offset > position_) {
    position_ = events.back()->offset;
    if (batch.received()) sink_.set_received(*batch.received());
    delivered.add(events.size());
    return sink_.deliver_batch(batch);
  }
  const std::vector<EventPtr> wanted = wanted_of(events);
  if (wanted.empty()) return;
  if (batch.received()) sink_.set_received(*batch.received());
  delivered.add(wanted.size());
  sink_.deliver(wanted);
}

}  // namespace papi::events
