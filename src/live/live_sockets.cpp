#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>

#include "live/live_routes.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"
#include "platform/http/json_body.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::live {
namespace {

using events::EventPtr;
using http::Exchange;
using http::Permission;
using http::Response;
using websocket::CloseCode;

/// What both sockets share: a place in the fan-out for as long as the conversation lasts.
class Listener : public events::Subscriber {
 public:
  Listener(events::FanOut& fan_out, Executor thread, std::string session_id)
      : fan_out_(fan_out), thread_(thread), session_id_(std::move(session_id)) {}
  ~Listener() override { leave(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 protected:
  void join(websocket::Socket& socket) {
    socket_ = &socket;
    fan_out_.subscribe(thread_, session_id_, *this);
  }
  void leave() {
    if (socket_) fan_out_.unsubscribe(thread_, session_id_, *this);
    socket_ = nullptr;
  }
  /// A subscriber whose queue is full is cut off; nobody waits for it.
  void deliver(websocket::SharedFrame frame) {
    if (!socket_->send(std::move(frame)) && !socket_->closing()) {
      socket_->close(CloseCode::too_slow, "too slow: the queue of events passed its bound", true);
    }
  }

  events::FanOut& fan_out_;
  const Executor thread_;
  const std::string session_id_;
  websocket::Socket* socket_ = nullptr;
};

/// /ws/events/{id}: every event as its own object.
class EventsListener final : public Listener {
 public:
  struct Wish {
    std::uint32_t types = ~0u;  // bit per EventType
    bool batch = false;
    std::optional<std::uint64_t> after;
    std::string epoch;  // empty: the current one
  };
  EventsListener(events::FanOut& fan_out, Executor thread, std::string session_id, Wish wish)
      : Listener(fan_out, thread, std::move(session_id)), wish_(std::move(wish)) {}

  /// On the io thread, in the same step as the subscription: the first event delivered is offset + 1.
  void begin(websocket::Socket& socket, const std::string& epoch, std::uint64_t offset) {
    std::string json;
    JsonWriter out(json);
    out.open();
    out.field("type", "connected");
    out.field("session_id", session_id_);
    out.field("epoch", epoch);
    out.field("offset", offset);
    const bool same_epoch = wish_.epoch.empty() || wish_.epoch == epoch;
    out.field("recovered", wish_.after.has_value() && same_epoch && *wish_.after == offset);
    out.close();
    join(socket);
    deliver(websocket::text_frame(json));
  }
  void end() { leave(); }

  void on_events(const std::vector<EventPtr>& events) override {
    if (wish_.batch) return deliver_batch(events);
    for (const EventPtr& event : events) {
      if (wanted(*event)) deliver(websocket::SharedFrame(event->frame));
    }
  }

 private:
  bool wanted(const events::EncodedEvent& event) const {
    return (wish_.types >> static_cast<int>(event.type) & 1) != 0;
  }
  void deliver_batch(const std::vector<EventPtr>& events) {
    std::string array = "[";
    for (const EventPtr& event : events) {
      if (!wanted(*event)) continue;
      if (array.size() > 1) array += ',';
      array += event->json();
    }
    if (array.size() > 1) deliver(websocket::text_frame(array + "]"));
  }

  const Wish wish_;
};

class EventsUpgrade final : public http::Upgrade {
 public:
  EventsUpgrade(LiveService& service, events::FanOut& fan_out, Executor thread, std::string session_id,
                EventsListener::Wish wish)
      : service_(service),
        thread_(thread),
        session_id_(session_id),
        listener_(std::make_shared<EventsListener>(fan_out, thread, std::move(session_id), std::move(wish))) {
  }

  Task<void> run(websocket::Socket& socket) override {
    auto alive = std::make_shared<websocket::Socket*>(&socket);
    // The live thread reads the position and posts the subscription to us; what it publishes later is posted
    // later. So nothing falls between position and subscription.
    net::post(service_.executor(),
              [&service = service_, id = session_id_, thread = thread_, listener = listener_, alive] {
                const events::EventLog* log = service.log_of(id);
                const bool known = log != nullptr;
                std::string epoch = known ? log->epoch() : std::string();
                const std::uint64_t offset = known ? log->last_offset() : 0;
                net::post(thread, [known, epoch = std::move(epoch), offset, listener, alive] {
                  if (!*alive) return;
                  if (known) {
                    listener->begin(**alive, epoch, offset);
                  } else {
                    (*alive)->close(CloseCode::unknown_session, "unknown session: POST /connect first");
                  }
                });
              });
    while (co_await socket.receive()) {
      // Events flow one way; what a client says here is read, for pings and the close, and not answered.
    }
    listener_->end();
    *alive = nullptr;
  }

 private:
  LiveService& service_;
  const Executor thread_;
  const std::string session_id_;
  std::shared_ptr<EventsListener> listener_;
};

/// /ws/comments/{id}: comments only, in the shape that existing clients know. May come before /connect.
class CommentsUpgrade final : public http::Upgrade, private Listener {
 public:
  CommentsUpgrade(LiveService& service, events::FanOut& fan_out, Executor thread, std::string session_id)
      : Listener(fan_out, thread, std::move(session_id)), service_(service) {}

  Task<void> run(websocket::Socket& socket) override {
    join(socket);
    std::string hello;
    JsonWriter out(hello);
    out.open();
    out.field("type", "connected");
    out.field("session_id", session_id_);
    out.field("message", "Subscribed to the comments of this session");
    out.close();
    deliver(websocket::text_frame(hello));
    while (auto message = co_await socket.receive()) {
      const std::string answer = co_await reply_to(message->payload);
      if (!answer.empty() && !socket.closing()) deliver(websocket::text_frame(answer));
    }
    leave();
  }

 private:
  void on_events(const std::vector<EventPtr>& events) override {
    for (const EventPtr& event : events) {
      if (event->comment_frame) deliver(websocket::SharedFrame(event->comment_frame));
    }
  }

  Task<std::string> reply_to(std::string_view message) {
    boost::system::error_code ec;
    const json::value value = json::parse(json::string_view(message.data(), message.size()), ec);
    const auto* object = value.if_object();
    const json::value* type = object ? object->if_contains("type") : nullptr;
    const std::string kind = type && type->is_string() ? std::string(type->as_string()) : std::string();
    std::string json;
    JsonWriter out(json);
    out.open();
    if (kind == "ping") {
      out.field("type", "pong");
    } else if (kind == "status") {
      const auto session = co_await run_on(service_.executor(), service_.find(session_id_));
      out.field("type", "status_response");
      out.field("session_id", session_id_);
      out.field("tiktok_connected", session && session->room.state == RoomState::connected);
    } else {
      out.field("type", "error");
      out.field("message", R"(send {"type":"ping"} or {"type":"status"})");
    }
    out.close();
    co_return json;
  }

  LiveService& service_;
};

Result<EventsListener::Wish> read_wish(const http::Request& request) {
  EventsListener::Wish wish;
  if (const auto types = request.query_value("types"); types && !types->empty()) {
    wish.types = 0;
    for (std::string_view name : split(*types, ',')) {
      const auto type = events::parse_event_type(trim(name));
      if (!type) return invalid("types", "'" + to_utf8(name) + "' is not an event type");
      wish.types |= 1u << static_cast<int>(*type);
    }
  }
  if (request.query_value("after")) {
    TRY(const std::int64_t after,
        http::query_integer(request, "after", 0, 0, std::numeric_limits<std::int64_t>::max()));
    wish.after = static_cast<std::uint64_t>(after);
  }
  wish.epoch = request.query_value("epoch").value_or("");
  const std::string batch = request.query_value("batch").value_or("0");
  if (batch != "0" && batch != "1") return invalid("batch", "0 or 1");
  wish.batch = batch == "1";
  return wish;
}

}  // namespace

std::vector<http::Route> live_socket_routes(LiveService& service, events::FanOut& fan_out) {
  using http::Method;
  std::vector<http::Route> routes;
  http::DirectHandler events_handler = [&](Exchange& exchange) -> Result<Response> {
    const std::string& id = exchange.params.values[0];
    if (!is_session_id(id)) return Error(ErrorCode::not_found, "unknown session");
    TRY(EventsListener::Wish wish, read_wish(exchange.request));
    Response response;
    response.upgrade =
        std::make_unique<EventsUpgrade>(service, fan_out, exchange.executor, id, std::move(wish));
    return response;
  };
  http::DirectHandler comments_handler = [&](Exchange& exchange) -> Result<Response> {
    const std::string& id = exchange.params.values[0];
    if (!is_session_id(id)) return Error(ErrorCode::not_found, "unknown session");
    Response response;
    response.upgrade = std::make_unique<CommentsUpgrade>(service, fan_out, exchange.executor, id);
    return response;
  };
  routes.push_back(
      {Method::get, "/ws/events/{id}", Permission::connect, "All events, live", events_handler, true});
  routes.push_back(
      {Method::get, "/ws/comments/{id}", Permission::connect, "Comments, live", comments_handler, true});
  return routes;
}

}  // namespace papi::live
