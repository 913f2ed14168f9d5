#include <boost/json/parse.hpp>

#include "access/permissions.hpp"
#include "access/rate_rules.hpp"
#include "events/close_codes.hpp"
#include "events/event_routes.hpp"
#include "events/filter_query.hpp"
#include "live/live_routes.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/upgrade.hpp"

namespace papi::live {
namespace {

using events::EventPtr;
using http::Exchange;
using http::Response;

/// /ws/comments/{id}: sends only comments, in the form that existing clients know. The socket may be opened
/// before /connect.
class CommentsUpgrade final : public http::Upgrade, private events::Subscriber, public events::OpenReader {
 public:
  CommentsUpgrade(LiveService& service, events::FanOut& fan_out, Exchange& exchange)
      : service_(service),
        fan_out_(fan_out),
        thread_(exchange.executor),
        session_id_(exchange.params.values[0]),
        viewer_(exchange.caller),
        credential_(exchange.caller.credential),
        guard_(events::take_session_guard(exchange)) {}
  ~CommentsUpgrade() override { leave(); }

  Task<void> run(websocket::Socket& socket) override;

 private:
  void on_events(const events::EventBatch& batch) override {
    // The socket may be older than the session, so the owner was not known when it was opened. A session that
    // the viewer may not read does not exist for the viewer.
    if (!batch.access() || !batch.access()->lets_read(viewer_)) return;
    bind(batch.access());
    if (!batch.events().empty()) offset_ = batch.events().back()->offset;
    for (const EventPtr& event : batch.events()) {
      if (event->comment_frame) deliver(websocket::SharedFrame(event->comment_frame));
    }
  }

  events::ReaderView view() const override {
    return {
        viewer_,      "comments", credential_, offset_, socket_->queued().items(), socket_->queued().bytes(),
        connected_at_};
  }

  Task<std::string> reply_to(std::string_view message);
  /// From now on the socket ends when the viewer may no longer read the session.
  void bind(const events::SessionAccessPtr& access) {
    if (access != bound_) guard_->bind(access);
    bound_ = access;
    if (!entry_) entry_.emplace(fan_out_.readers(), thread_, session_id_, *this);
  }

  /// If the subscriber's queue is full, the subscriber is disconnected. Nobody waits for it.
  void deliver(websocket::SharedFrame frame) {
    if (!socket_->send(std::move(frame)) && !socket_->closing()) socket_->close(events::queue_full, true);
  }
  void leave() {
    entry_.reset();
    if (socket_) fan_out_.unsubscribe(thread_, session_id_, *this);
    socket_ = nullptr;
  }

  LiveService& service_;
  events::FanOut& fan_out_;
  const Executor thread_;
  const std::string session_id_;
  const events::Viewer viewer_;
  const std::string_view credential_;
  const std::shared_ptr<events::SessionGuard> guard_;
  events::SessionAccessPtr bound_;
  events::Offset offset_;  // of the last event that it was offered
  UnixMs connected_at_ = 0;
  websocket::Socket* socket_ = nullptr;
  std::optional<events::ReaderEntry> entry_;  // once the viewer is known to read the session
};

Task<void> CommentsUpgrade::run(websocket::Socket& socket) {
  socket_ = &socket;
  socket.add_queue_to(fan_out_.metrics().queued_bytes);
  connected_at_ = fan_out_.clock().now_ms();
  fan_out_.subscribe(thread_, session_id_, *this);
  std::string hello;
  JsonWriter out(hello);
  out.open();
  out.field("type", "connected");
  out.field("session_id", session_id_);
  out.field("message", "Subscribed to the comments of this session");
  out.close();
  deliver(websocket::text_frame(hello));
  const auto known = co_await service_.position(session_id_, viewer_);
  if (known) {
    offset_ = std::max(offset_, known->last_offset);
    bind(known->access);
  }
  while (auto message = co_await socket.receive()) {
    const std::string answer = co_await reply_to(message->payload);
    if (!answer.empty() && !socket.closing()) deliver(websocket::text_frame(answer));
  }
  leave();
}

Task<std::string> CommentsUpgrade::reply_to(std::string_view message) {
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
    const auto session = co_await run_on(service_.executor(), service_.find(session_id_, viewer_));
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

}  // namespace

std::vector<http::Route> live_socket_routes(LiveService& service, events::FanOut& fan_out) {
  using http::Method;
  std::vector<http::Route> routes;
  http::DirectHandler comments_handler = [&](Exchange& exchange) -> Result<Response> {
    const std::string& id = exchange.params.values[0];
    if (!events::is_session_id(id)) return Error(ErrorCode::not_found, "unknown session");
    events::EventFilter comments;
    comments.types = 1u << static_cast<int>(events::EventType::comment);
    if (auto refusal = events::narrow_filter(comments, exchange.caller)) return std::move(*refusal);
    Response response;
    response.upgrade = std::make_unique<CommentsUpgrade>(service, fan_out, exchange);
    return response;
  };
  routes.push_back({.method = Method::get,
                    .path = "/ws/comments/{id}",
                    .permission = permission::read,
                    .summary = "Comments, live",
                    .handler = std::move(comments_handler),
                    .websocket = true,
                    .rate = rate_rule::websocket,
                    .session_scoped = true,
                    .scoped_credentials = true,
                    .long_lived = true});
  return routes;
}

}  // namespace papi::live
