#include <deque>

#include "access/permissions.hpp"
#include "events/event_routes.hpp"
#include "events/filter_query.hpp"
#include "events/log_body.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/body_stream.hpp"
#include "platform/http/json_body.hpp"

namespace papi::events {
namespace {

using http::Exchange;
using http::Response;

constexpr std::size_t write_at = 64 * 1024;

enum class Form { event_stream, ndjson };

/// A subscription as a body without an end: Server-Sent Events (WHATWG HTML §9.2) or NDJSON.
class SubscriptionBody final : public http::BodyStream, private SubscriptionSink, public OpenReader {
 public:
  SubscriptionBody(const SubscriptionDependencies& deps, const SubscriberPolicy& policy, Executor thread,
                   SubscriptionRequest request, Form form)
      : policy_(policy),
        thread_(thread),
        fan_out_(deps.fan_out),
        session_id_(request.session_id),
        form_(form),
        viewer_(request.viewer),
        credential_(request.credential),
        queued_(policy.queue),
        wake_(thread),
        taken_(thread),
        subscription_(deps, thread, std::move(request), *this) {}
  ~SubscriptionBody() override { clear_queue(); }

  Task<Result<void>> open();
  const SubscriptionStart& start() const { return start_; }

  Task<void> run(http::BodyWriter& writer) override;
  void stop() override {
    over_ = true;
    subscription_.stop();
    wake_.notify();
    taken_.notify();
  }
  void withdraw() override {
    clear_queue();
    stop();
  }

 private:
  /// Returns false if the store failed before the end.
  Task<bool> write_all(http::BodyWriter& writer);

  void append(std::string& text, const EventFrame& event) {
    last_offset_ = event.offset;
    if (form_ == Form::event_stream) {
      append_id(text, event.offset);
      text += "data: ";
      text += event.json();
      text += "\n\n";
    } else {
      append_ndjson(text, event);
    }
  }

  /// The id that an EventSource sends back as Last-Event-ID.
  void append_id(std::string& text, Offset offset) const {
    text += "id: ";
    text += start_.epoch;
    text += ':';
    append_number(text, offset.value());
    text += '\n';
  }

  /// What a quiet stream sends. It keeps proxies from closing the stream and reveals a client that has
  /// disconnected. Server-Sent Events have comments for this. NDJSON has none, and readers call JSON.parse on
  /// each line, so the line is an object of a type that no event has. It has the members `epoch` and
  /// `offset`, so a reader that remembers the `offset` of each line continues at the right place.
  std::string heartbeat() const;

  Task<void> subscription();

  ReaderView view() const override {
    return {viewer_,         form_ == Form::event_stream ? "sse" : "ndjson",
            credential_,     subscription_.position(),
            queued_.items(), queued_.bytes(),
            connected_at_};
  }

  void set_received(std::chrono::steady_clock::time_point received) override {
    if (!received_) received_ = received;
  }
  void deliver(const std::vector<EventPtr>& events) override {
    for (const EventPtr& event : events) {
      if (policy_.drop_likes && !queued_.half_free() && event->type == EventType::like) continue;
      if (!queued_.fits(size_of(*event))) {
        over_ = true;  // too slow: the stream ends, and the client resumes after its last id
        subscription_.stop();
        break;
      }
      push(event);
    }
    wake_.notify();
  }
  void deliver_missed(const std::vector<EventPtr>& events) override {
    for (const EventPtr& event : events) push(event);
    wake_.notify();
  }
  static std::size_t size_of(const EventFrame& event) { return event.json().size(); }
  void push(const EventPtr& event) {
    queued_.add(size_of(*event));
    count_queued(static_cast<std::int64_t>(size_of(*event)));
    queue_.push_back(event);
  }

  void count_queued(std::int64_t bytes) { fan_out_.metrics().queued_bytes.add(bytes); }
  void clear_queue() {
    count_queued(-static_cast<std::int64_t>(queued_.bytes()));
    queue_.clear();
    queued_.clear();
  }

  // Not a coroutine itself, because it is called through a second base class (CONTRIBUTING.md, g++ 12).
  Task<std::size_t> capacity() override { return wait_for_capacity(); }
  Task<std::size_t> wait_for_capacity();

  void session_gone() override {
    over_ = true;
    wake_.notify();
    taken_.notify();
  }

  const SubscriberPolicy policy_;
  const Executor thread_;
  FanOut& fan_out_;
  const std::string session_id_;
  const Form form_;
  const Viewer viewer_;
  const std::string_view credential_;
  UnixMs connected_at_ = 0;
  SubscriptionStart start_;
  Offset last_offset_;  // of the last event that was written; initially where the stream begins
  std::deque<EventPtr> queue_;
  QueueMeter queued_;                                              // the size of queue_
  std::optional<std::chrono::steady_clock::time_point> received_;  // of the oldest live event in queue_
  Notifier wake_;                                                  // wakes the writer
  Notifier taken_;                                                 // wakes the replay
  bool over_ = false;
  bool failed_ = false;
  Subscription subscription_;
  std::optional<ReaderEntry> entry_;  // from open() on
};

Task<Result<void>> SubscriptionBody::open() {
  auto start = co_await subscription_.open();
  if (!start) co_return start.error();
  start_ = std::move(*start);
  last_offset_ = start_.offset;
  connected_at_ = fan_out_.clock().now_ms();
  entry_.emplace(fan_out_.readers(), thread_, session_id_, *this);
  co_return Result<void>();
}

Task<void> SubscriptionBody::run(http::BodyWriter& writer) {
  Notifier fed(thread_);
  bool feeding = true;
  net::co_spawn(thread_, subscription(), [&](std::exception_ptr) {
    feeding = false;
    fed.notify();
  });
  const bool whole = co_await write_all(writer);
  stop();
  while (feeding) co_await fed.wait();
  if (!whole) throw std::runtime_error("the events could not be read");
}

Task<bool> SubscriptionBody::write_all(http::BodyWriter& writer) {
  std::string text;
  if (form_ == Form::event_stream) {
    text = "retry: 2000\nevent: connected\n";
    append_id(text, start_.offset);  // so that losing the connection before the first event loses nothing
    text += "data: " + welcome(session_id_, start_, policy_.heartbeat) + "\n\n";
  }
  bool writable = true;
  while (writable) {
    const auto bytes_before = static_cast<std::int64_t>(queued_.bytes());
    while (!queue_.empty() && text.size() < write_at) {
      append(text, *queue_.front());
      queued_.remove(size_of(*queue_.front()));
      queue_.pop_front();
    }
    count_queued(static_cast<std::int64_t>(queued_.bytes()) - bytes_before);
    taken_.notify();
    if (!text.empty()) {
      const auto received = queue_.empty() ? std::exchange(received_, std::nullopt) : received_;
      writable = co_await writer.write(text);
      text.clear();
      if (writable && received) fan_out_.metrics().socket_delay.record(fan_out_.clock().steady() - *received);
      continue;
    }
    if (over_ || failed_) break;
    const auto before = std::chrono::steady_clock::now();
    co_await wake_.wait_for(policy_.heartbeat);
    const bool quiet = queue_.empty() && std::chrono::steady_clock::now() - before >= policy_.heartbeat;
    if (quiet && !over_) text = heartbeat();
  }
  co_return !failed_;
}

std::string SubscriptionBody::heartbeat() const {
  if (form_ == Form::event_stream) return ": keep-alive\n\n";
  std::string line;
  JsonWriter out(line);
  out.open();
  out.field("type", "heartbeat");
  out.field("epoch", start_.epoch);
  out.field("offset", last_offset_.value());
  out.close();
  return line + '\n';
}

Task<void> SubscriptionBody::subscription() {
  auto live = co_await subscription_.run();
  failed_ = !live;
  over_ = over_ || !live || !*live;
  wake_.notify();
}

Task<std::size_t> SubscriptionBody::wait_for_capacity() {
  while (!queued_.half_free() && !over_) co_await taken_.wait();
  const std::size_t items = policy_.queue.items;
  const std::size_t most = items == 0 ? Subscription::page_events : std::max<std::size_t>(1, items / 4);
  co_return over_ ? 0 : most;
}

/// NDJSON has no `connected` message. Therefore headers say where it begins.
void add_start_headers(Response& response, const SubscriptionStart& start) {
  response.headers.emplace_back("X-Stream-Recovered", start.recovered ? "true" : "false");
  response.headers.emplace_back("X-Stream-Epoch", start.epoch);
  response.headers.emplace_back("X-Stream-Offset", std::to_string(start.offset.value()));
}

Task<Result<Response>> stream_of(const SubscriptionDependencies& deps, const SubscriberPolicy& policy,
                                 Executor thread, SubscriptionRequest request, Form form) {
  auto body = std::make_unique<SubscriptionBody>(deps, policy, thread, std::move(request), form);
  if (auto opened = co_await body->open(); !opened) co_return opened.error();
  Response response;
  if (form == Form::event_stream) {
    response.content_type = "text/event-stream; charset=utf-8";
  } else {
    response.content_type = "application/x-ndjson";
  }
  response.headers.emplace_back("X-Accel-Buffering", "no");  // otherwise nginx holds events back
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Session-Epoch", body->start().epoch);
  if (form == Form::ndjson) add_start_headers(response, body->start());
  response.stream = std::move(body);
  co_return response;
}

/// Reads where an EventSource continues: its header, or the query if it cannot send the header.
Result<void> read_last_event_id(const http::Request& request, SubscriptionRequest& subscription) {
  std::string id(request.header("last-event-id"));
  if (id.empty()) id = request.query_value("last_event_id").value_or("");
  // The header comes first, because an EventSource that reconnects must not begin again at the start.
  if (id.empty() && request.query_value("earliest").value_or("0") == "1") id = "earliest";
  if (id.empty()) return Result<void>();
  if (id == "earliest") {
    subscription.after = Offset();
    return Result<void>();
  }
  const auto colon = id.rfind(':');
  const std::string number = colon == std::string::npos ? id : id.substr(colon + 1);
  const std::string epoch = colon == std::string::npos ? std::string() : id.substr(0, colon);
  if (colon == 0) return invalid("last_event_id", "must be EPOCH:OFFSET");
  const auto offset =
      http::integer_within("last_event_id", number, 0, std::numeric_limits<std::int64_t>::max());
  if (!offset) return offset.error();
  subscription.after = Offset(static_cast<std::uint64_t>(*offset));
  if (!epoch.empty()) subscription.epoch = epoch;
  subscription.epoch_unknown = subscription.epoch.empty();
  return Result<void>();
}

Task<Result<Response>> get_stream(const SubscriptionDependencies& deps, const SubscriberPolicy& policy,
                                  Exchange& exchange) {
  CO_TRY(SubscriptionRequest request, read_feed_request(exchange));
  if (auto read = read_last_event_id(exchange.request, request); !read) co_return read.error();
  co_return co_await stream_of(deps, policy, exchange.executor, std::move(request), Form::event_stream);
}

}  // namespace

http::Route event_stream_route(const SubscriptionDependencies& deps, const SubscriberPolicy& policy) {
  http::TaskHandler handler = [deps, policy](Exchange& exchange) {
    return get_stream(deps, policy, exchange);
  };
  return {.method = http::Method::get,
          .path = "/sessions/{id}/stream",
          .permission = permission::read,
          .summary = "All events as Server-Sent Events",
          .handler = std::move(handler),
          .query_credentials = true,
          .session_scoped = true,
          .scoped_credentials = true,
          .long_lived = true,
          .query = filter_query({"after", "epoch", "last_event_id", "earliest"})};
}

Task<Result<Response>> ndjson_events(const SubscriptionDependencies& deps, const SubscriberPolicy& policy,
                                     Exchange& exchange) {
  CO_TRY(SubscriptionRequest request, read_feed_request(exchange));
  if (!request.after) request.after = Offset();
  const std::string follow = exchange.request.query_value("follow").value_or("0");
  if (follow != "0" && follow != "1") co_return invalid("follow", "must be 0 or 1");
  for (const char* of_pages : {"limit", "since", "until"}) {
    if (exchange.request.query_value(of_pages))
      co_return invalid(of_pages, "is for pages: send Accept: application/json");
  }
  if (follow == "1")
    co_return co_await stream_of(deps, policy, exchange.executor, std::move(request), Form::ndjson);
  const auto session = co_await deps.sessions.position(request.session_id, request.viewer);
  if (!session) co_return Error(ErrorCode::not_found, "There is no session of that id");
  request.guard->bind(session->access);
  if (!request.epoch.empty() && request.epoch != session->epoch)
    co_return invalid("epoch", "the session's log has another epoch now");
  CO_TRY(const SubscriptionStart start,
         co_await start_behind(deps.store, exchange.executor, *session, *request.after));
  EventQuery query;
  query.session_key = session->key;
  query.after = start.offset;
  query.up_to = session->last_offset;
  query.filter = std::move(request.filter);
  query.caller = exchange.quota_key();
  Response response;
  response.content_type = "application/x-ndjson";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Session-Epoch", session->epoch);
  add_start_headers(response, start);
  response.stream = std::make_unique<LogBody>(deps.store, exchange.executor, std::move(query), append_ndjson);
  co_return response;
}

}  // namespace papi::events
