#include <deque>

#include "events/event_routes.hpp"
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

/// A feed as a streamed body without an end: Server-Sent Events (WHATWG HTML §9.2), or NDJSON.
class FeedBody final : public http::BodyStream, private FeedSink {
 public:
  FeedBody(const FeedParts& parts, const SubscriberPolicy& policy, Executor thread, FeedRequest request,
           Form form)
      : policy_(policy),
        thread_(thread),
        session_id_(request.session_id),
        form_(form),
        queued_(policy.queue),
        wake_(thread),
        taken_(thread),
        feed_(parts, thread, std::move(request), *this) {}

  Task<Result<void>> open();
  const FeedStart& start() const { return start_; }

  Task<void> run(http::BodyWriter& writer) override;
  void stop() override {
    over_ = true;
    feed_.stop();
    wake_.notify();
    taken_.notify();
  }
  void withdraw() override {
    queue_.clear();
    queued_.clear();
    stop();
  }

 private:
  /// False: the store failed in the middle.
  Task<bool> write_all(http::BodyWriter& writer);

  void append(std::string& text, const EncodedEvent& event) {
    last_offset_ = event.offset;
    if (form_ == Form::event_stream) {
      append_id(text, event.offset);
      text += "data: ", text += event.json(), text += "\n\n";
    } else {
      append_ndjson(text, event);
    }
  }

  /// What an EventSource sends back as Last-Event-ID.
  void append_id(std::string& text, std::uint64_t offset) const {
    text += "id: ", text += start_.epoch, text += ':';
    append_number(text, offset), text += '\n';
  }

  /// What a quiet stream gets: it keeps proxies from closing it, and shows a client that has gone.
  /// Server-Sent Events have comments. NDJSON has none, and readers call JSON.parse on each line: an object
  /// of a type that no event has. A reader that remembers the `offset` of each line goes on in the right
  /// place.
  std::string heartbeat() const;

  Task<void> feed();

  void deliver(const std::vector<EventPtr>& events) override {
    for (const EventPtr& event : events) {
      if (policy_.drop_likes && !queued_.half_free() && event->type == EventType::like) continue;
      if (!queued_.fits(size_of(*event))) {
        over_ = true;  // too slow: it ends, and the client resumes behind its last id
        feed_.stop();
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
  static std::size_t size_of(const EncodedEvent& event) { return event.json().size(); }
  void push(const EventPtr& event) {
    queued_.add(size_of(*event));
    queue_.push_back(event);
  }

  // Not a coroutine itself: it is called through a second base (CONTRIBUTING.md, g++ 12).
  Task<std::size_t> room() override { return wait_for_room(); }
  Task<std::size_t> wait_for_room();

  void session_gone() override {
    over_ = true;
    wake_.notify();
    taken_.notify();
  }

  const SubscriberPolicy policy_;
  const Executor thread_;
  const std::string session_id_;
  const Form form_;
  FeedStart start_;
  std::uint64_t last_offset_ = 0;  // of the last event that was written; at first where the stream begins
  std::deque<EventPtr> queue_;
  QueueMeter queued_;  // of queue_
  Signal wake_;        // of the writer
  Signal taken_;       // of the replay
  bool over_ = false;
  bool failed_ = false;
  Feed feed_;
};

Task<Result<void>> FeedBody::open() {
  auto start = co_await feed_.open();
  if (!start) co_return start.error();
  start_ = std::move(*start);
  last_offset_ = start_.offset;
  co_return Result<void>();
}

Task<void> FeedBody::run(http::BodyWriter& writer) {
  Signal fed(thread_);
  bool feeding = true;
  net::co_spawn(thread_, feed(), [&](std::exception_ptr) { feeding = false, fed.notify(); });
  const bool whole = co_await write_all(writer);
  stop();
  while (feeding) co_await fed.wait();
  if (!whole) throw std::runtime_error("the events could not be read");
}

Task<bool> FeedBody::write_all(http::BodyWriter& writer) {
  std::string text;
  if (form_ == Form::event_stream) {
    text = "retry: 2000\nevent: connected\n";
    append_id(text, start_.offset);  // who loses the connection before the first event loses nothing
    text += "data: " + welcome(session_id_, start_, policy_.heartbeat) + "\n\n";
  }
  bool writable = true;
  while (writable) {
    while (!queue_.empty() && text.size() < write_at) {
      append(text, *queue_.front());
      queued_.remove(size_of(*queue_.front()));
      queue_.pop_front();
    }
    taken_.notify();
    if (!text.empty()) {
      writable = co_await writer.write(text);
      text.clear();
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

std::string FeedBody::heartbeat() const {
  if (form_ == Form::event_stream) return ": keep-alive\n\n";
  std::string line;
  JsonWriter out(line);
  out.open();
  out.field("type", "heartbeat");
  out.field("epoch", start_.epoch);
  out.field("offset", last_offset_);
  out.close();
  return line + '\n';
}

Task<void> FeedBody::feed() {
  auto live = co_await feed_.run();
  failed_ = !live;
  over_ = over_ || !live || !*live;
  wake_.notify();
}

Task<std::size_t> FeedBody::wait_for_room() {
  while (!queued_.half_free() && !over_) co_await taken_.wait();
  const std::size_t items = policy_.queue.items;
  const std::size_t most = items == 0 ? Feed::page_events : std::max<std::size_t>(1, items / 4);
  co_return over_ ? 0 : most;
}

/// NDJSON has no `connected` message: its headers say where it begins.
void add_start_headers(Response& response, const FeedStart& start) {
  response.headers.emplace_back("X-Stream-Recovered", start.recovered ? "true" : "false");
  response.headers.emplace_back("X-Stream-Epoch", start.epoch);
  response.headers.emplace_back("X-Stream-Offset", std::to_string(start.offset));
}

Task<Result<Response>> stream_of(const FeedParts& parts, const SubscriberPolicy& policy, Executor thread,
                                 FeedRequest request, Form form) {
  auto body = std::make_unique<FeedBody>(parts, policy, thread, std::move(request), form);
  if (auto opened = co_await body->open(); !opened) co_return opened.error();
  Response response;
  if (form == Form::event_stream) {
    response.content_type = "text/event-stream; charset=utf-8";
  } else {
    response.content_type = "application/x-ndjson";
  }
  response.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would hold events back
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Session-Epoch", body->start().epoch);
  if (form == Form::ndjson) add_start_headers(response, body->start());
  response.stream = std::move(body);
  co_return response;
}

/// Where an EventSource goes on: its header, or the query of one that cannot send it.
Result<void> read_last_event_id(const http::Request& request, FeedRequest& feed) {
  std::string id(request.header("last-event-id"));
  if (id.empty()) id = request.query_value("last_event_id").value_or("");
  // Behind the header: an EventSource that reconnects must not begin anew.
  if (id.empty() && request.query_value("earliest").value_or("0") == "1") id = "earliest";
  if (id.empty()) return Result<void>();
  if (id == "earliest") {
    feed.after = 0;
    return Result<void>();
  }
  const auto colon = id.rfind(':');
  const std::string number = colon == std::string::npos ? id : id.substr(colon + 1);
  const std::string epoch = colon == std::string::npos ? std::string() : id.substr(0, colon);
  if (colon == 0) return invalid("last_event_id", "must be EPOCH:OFFSET");
  const auto offset =
      http::integer_within("last_event_id", number, 0, std::numeric_limits<std::int64_t>::max());
  if (!offset) return offset.error();
  feed.after = static_cast<std::uint64_t>(*offset);
  if (!epoch.empty()) feed.epoch = epoch;
  feed.epoch_unknown = feed.epoch.empty();
  return Result<void>();
}

Task<Result<Response>> get_stream(const FeedParts& parts, const SubscriberPolicy& policy,
                                  Exchange& exchange) {
  CO_TRY(FeedRequest request, read_feed_request(exchange));
  if (auto read = read_last_event_id(exchange.request, request); !read) co_return read.error();
  co_return co_await stream_of(parts, policy, exchange.executor, std::move(request), Form::event_stream);
}

}  // namespace

http::Route event_stream_route(const FeedParts& parts, const SubscriberPolicy& policy) {
  http::TaskHandler handler = [parts, policy](Exchange& exchange) {
    return get_stream(parts, policy, exchange);
  };
  http::Route route{http::Method::get,
                    "/sessions/{id}/stream",
                    http::Permission::read,
                    "All events as Server-Sent Events",
                    handler,
                    false,
                    true};
  route.owned = route.stays_open = true;
  route.query = filter_query({"after", "epoch", "last_event_id", "earliest"});
  return route;
}

Task<Result<Response>> ndjson_events(const FeedParts& parts, const SubscriberPolicy& policy,
                                     Exchange& exchange) {
  CO_TRY(FeedRequest request, read_feed_request(exchange));
  if (!request.after) request.after = 0;
  const std::string follow = exchange.request.query_value("follow").value_or("0");
  if (follow != "0" && follow != "1") co_return invalid("follow", "must be 0 or 1");
  for (const char* of_pages : {"limit", "since", "until"}) {
    if (exchange.request.query_value(of_pages))
      co_return invalid(of_pages, "is for pages: send Accept: application/json");
  }
  if (follow == "1")
    co_return co_await stream_of(parts, policy, exchange.executor, std::move(request), Form::ndjson);
  const auto session = co_await parts.sessions.position(request.session_id, request.viewer);
  if (!session) co_return Error(ErrorCode::not_found, "There is no session of that id");
  request.lease->bind(session->access);
  if (!request.epoch.empty() && request.epoch != session->epoch)
    co_return invalid("epoch", "the session's log has another epoch now");
  CO_TRY(const FeedStart start,
         co_await start_behind(parts.store, exchange.executor, *session, *request.after));
  EventQuery query;
  query.session_key = session->key, query.after = start.offset, query.up_to = session->last_offset;
  query.filter = std::move(request.filter);
  query.taker = exchange.taker();
  Response response;
  response.content_type = "application/x-ndjson";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("X-Session-Epoch", session->epoch);
  add_start_headers(response, start);
  response.stream =
      std::make_unique<LogBody>(parts.store, exchange.executor, std::move(query), append_ndjson);
  co_return response;
}

}  // namespace papi::events
