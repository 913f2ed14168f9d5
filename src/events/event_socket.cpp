#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "events/close_codes.hpp"
#include "events/event_routes.hpp"
#include "events/filter_query.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::events {
namespace {

using http::Exchange;
using websocket::CloseCode;

/// /ws/events/{id}: one frame per event, or one array per batch.
class EventsUpgrade final : public http::Upgrade, private SubscriptionSink, public OpenReader {
 public:
  EventsUpgrade(const SubscriptionDependencies& deps, const SubscriberPolicy& policy, Executor thread,
                SubscriptionRequest request, bool batch)
      : policy_(policy),
        thread_(thread),
        fan_out_(deps.fan_out),
        session_id_(request.session_id),
        batch_(batch),
        viewer_(request.viewer),
        credential_(request.credential),
        subscription_(deps, thread, std::move(request), *this) {}

  Task<void> run(websocket::Socket& socket) override;

 private:
  Task<void> subscription();

  ReaderView view() const override {
    return {viewer_,
            "websocket",
            credential_,
            subscription_.position(),
            socket_->queued().items(),
            socket_->queued().bytes(),
            connected_at_};
  }

  void set_received(std::chrono::steady_clock::time_point received) override {
    socket_->measure(received, fan_out_.metrics().socket_delay);
  }
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
    if (batch_ && !policy_.drop_likes) {
      deliver_array(batch.array_frame());
    } else {
      deliver(batch.events());
    }
  }
  void deliver_array(websocket::SharedFrame array) {
    if (!socket_->send(std::move(array))) cut_off();
  }
  /// Disconnects a subscriber whose queue is full. Nobody waits for it.
  void cut_off() {
    subscription_.stop();
    socket_->close(queue_full, true);
  }

  // Not a coroutine itself, because it is called through a second base class (CONTRIBUTING.md, g++ 12).
  Task<std::size_t> capacity() override { return wait_for_capacity(); }
  Task<std::size_t> wait_for_capacity();
  void session_gone() override { socket_->close(events::session_gone); }

  const SubscriberPolicy policy_;
  const Executor thread_;
  FanOut& fan_out_;
  const std::string session_id_;
  const bool batch_;
  const Viewer viewer_;
  const std::string_view credential_;
  UnixMs connected_at_ = 0;
  websocket::Socket* socket_ = nullptr;
  Subscription subscription_;
  std::optional<ReaderEntry> entry_;  // while the subscription is open
};

Task<void> EventsUpgrade::run(websocket::Socket& socket) {
  socket_ = &socket;
  socket.add_queue_to(fan_out_.metrics().queued_bytes);
  Notifier fed(thread_);
  bool feeding = true;
  net::co_spawn(thread_, subscription(), [&](std::exception_ptr) {
    feeding = false;
    fed.notify();
  });
  while (co_await socket.receive()) {
    // Events flow in one direction. Frames of the client are read for pings and close, and not answered.
  }
  subscription_.stop();
  entry_.reset();
  socket.close(CloseCode::normal, "");
  while (feeding) co_await fed.wait();
  socket_ = nullptr;
}

Task<void> EventsUpgrade::subscription() {
  auto start = co_await subscription_.open();
  if (!start) {
    if (start.error().code == ErrorCode::not_found) {
      socket_->close(session_unknown);
    } else {
      socket_->close(CloseCode::internal_error, start.error().message);
    }
    co_return;
  }
  connected_at_ = fan_out_.clock().now_ms();
  if (!socket_->closing()) entry_.emplace(fan_out_.readers(), thread_, session_id_, *this);
  socket_->send(websocket::text_frame(welcome(session_id_, *start, socket_->limits().ping_interval)));
  auto live = co_await subscription_.run();
  if (live && *live) co_return;
  if (!live) {
    socket_->close(CloseCode::internal_error, "the events could not be read");
  } else {
    cut_off();
  }
}

Task<std::size_t> EventsUpgrade::wait_for_capacity() {
  const bool free = co_await socket_->wait_for_capacity();
  if (!free) co_return 0;
  const std::size_t items = policy_.queue.items;
  co_return items == 0 || batch_ ? Subscription::page_events : std::max<std::size_t>(1, items / 4);
}

}  // namespace

http::Route event_socket_route(const SubscriptionDependencies& deps, const SubscriberPolicy& policy) {
  http::DirectHandler handler = [deps, policy](Exchange& exchange) -> Result<http::Response> {
    TRY(SubscriptionRequest request, read_feed_request(exchange));
    const std::string batch = exchange.request.query_value("batch").value_or("0");
    if (batch != "0" && batch != "1") return invalid("batch", "must be 0 or 1");
    http::Response response;
    response.upgrade =
        std::make_unique<EventsUpgrade>(deps, policy, exchange.executor, std::move(request), batch == "1");
    return response;
  };
  return {.method = http::Method::get,
          .path = "/ws/events/{id}",
          .permission = permission::read,
          .summary = "All events, live, with what was missed",
          .handler = std::move(handler),
          .websocket = true,
          .rate = rate_rule::websocket,
          .session_scoped = true,
          .scoped_credentials = true,
          .long_lived = true,
          .query = filter_query({"after", "epoch", "batch"})};
}

}  // namespace papi::events
