#include "events/event_routes.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::events {
namespace {

using http::Exchange;
using websocket::CloseCode;

/// /ws/events/{id}: every event as its own object, or a batch of them as an array.
class EventsUpgrade final : public http::Upgrade, private FeedSink {
 public:
  EventsUpgrade(const FeedParts& parts, const SubscriberPolicy& policy, Executor thread, FeedRequest request,
                bool batch)
      : policy_(policy),
        thread_(thread),
        session_id_(request.session_id),
        batch_(batch),
        feed_(parts, thread, std::move(request), *this) {}

  Task<void> run(websocket::Socket& socket) override;

 private:
  Task<void> feed();

  void deliver(const std::vector<EventPtr>& events) override {
    if (!policy_.drop_likes) return deliver_missed(events);
    std::vector<EventPtr> spared;
    for (const EventPtr& event : events) {
      if (event->type != EventType::like || socket_->half_free()) spared.push_back(event);
    }
    deliver_missed(spared);
  }
  void deliver_missed(const std::vector<EventPtr>& events) override {
    if (events.empty()) return;
    if (batch_) return deliver_array(array_frame_of(events));
    for (const EventPtr& event : events) {
      if (!socket_->send(websocket::SharedFrame(event->frame))) return cut_off();
    }
  }
  void deliver_batch(const EventBatch& batch) override {
    batch_ && !policy_.drop_likes ? deliver_array(batch.array_frame()) : deliver(batch.events());
  }
  void deliver_array(websocket::SharedFrame array) {
    if (!socket_->send(std::move(array))) cut_off();
  }
  /// A subscriber whose queue is full is cut off; nobody waits for it.
  void cut_off() {
    feed_.stop();
    socket_->close(CloseCode::too_slow, "too slow: the queue of events passed its bound", true);
  }

  // Not a coroutine itself: it is called through a second base (CONTRIBUTING.md, g++ 12).
  Task<std::size_t> room() override { return wait_for_room(); }
  Task<std::size_t> wait_for_room();
  void session_gone() override {
    socket_->close(CloseCode::unknown_session, "the session was deleted or replaced");
  }

  const SubscriberPolicy policy_;
  const Executor thread_;
  const std::string session_id_;
  const bool batch_;
  websocket::Socket* socket_ = nullptr;
  Feed feed_;
};

Task<void> EventsUpgrade::run(websocket::Socket& socket) {
  socket_ = &socket;
  Signal fed(thread_);
  bool feeding = true;
  net::co_spawn(thread_, feed(), [&](std::exception_ptr) { feeding = false, fed.notify(); });
  while (co_await socket.receive()) {
    // Events flow one way; what a client says here is read, for pings and the close, and not answered.
  }
  feed_.stop();
  socket.close(CloseCode::normal, "");
  while (feeding) co_await fed.wait();
  socket_ = nullptr;
}

Task<void> EventsUpgrade::feed() {
  auto start = co_await feed_.open();
  if (!start) {
    const bool unknown = start.error().code == ErrorCode::not_found;
    socket_->close(unknown ? CloseCode::unknown_session : CloseCode::internal_error,
                   unknown ? "unknown session: POST /connect first" : start.error().message);
    co_return;
  }
  socket_->send(websocket::text_frame(welcome(session_id_, *start, socket_->limits().ping_interval)));
  auto live = co_await feed_.run();
  if (live && *live) co_return;
  if (!live) {
    socket_->close(CloseCode::internal_error, "the events could not be read");
  } else {
    cut_off();
  }
}

Task<std::size_t> EventsUpgrade::wait_for_room() {
  const bool free = co_await socket_->wait_for_room();
  if (!free) co_return 0;
  const std::size_t items = policy_.queue.items;
  co_return items == 0 || batch_ ? Feed::page_events : std::max<std::size_t>(1, items / 4);
}

}  // namespace

http::Route event_socket_route(const FeedParts& parts, const SubscriberPolicy& policy) {
  http::DirectHandler handler = [parts, policy](Exchange& exchange) -> Result<http::Response> {
    TRY(FeedRequest request, read_feed_request(exchange));
    const std::string batch = exchange.request.query_value("batch").value_or("0");
    if (batch != "0" && batch != "1") return invalid("batch", "must be 0 or 1");
    http::Response response;
    response.upgrade =
        std::make_unique<EventsUpgrade>(parts, policy, exchange.executor, std::move(request), batch == "1");
    return response;
  };
  http::Route route{http::Method::get,
                    "/ws/events/{id}",
                    http::Permission::read,
                    "All events, live, with what was missed",
                    handler,
                    true};
  route.owned = route.stays_open = true;
  route.rate = http::RateRule::websocket;
  route.query = filter_query({"after", "epoch", "batch"});
  return route;
}

}  // namespace papi::events
