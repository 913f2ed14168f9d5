#include "live/session_stream.hpp"

#include <map>

#include "access/permissions.hpp"
#include "live/session_json.hpp"
#include "live/session_queue.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/http/body_stream.hpp"

namespace papi::live {
namespace {

using events::SessionNotice;
using events::SessionNoticePtr;
using http::Exchange;
using http::Response;

constexpr std::size_t write_at = 64 * 1024;

/// The `session` events of all sessions that a viewer may read, as Server-Sent Events. Lives on one io
/// thread.
class SessionStream final : public http::BodyStream, private events::SessionWatcher {
 public:
  SessionStream(LiveService& service, events::SessionChanges& changes, const events::SubscriberPolicy& policy,
                Executor thread, events::Viewer viewer)
      : service_(service),
        changes_(changes),
        policy_(policy),
        thread_(thread),
        viewer_(std::move(viewer)),
        queue_(policy.queue),
        wake_(thread) {
    changes_.add(thread_, *this);
  }
  ~SessionStream() override { changes_.remove(thread_, *this); }

  /// Reads the sessions of now. What happens meanwhile waits.
  Task<void> open();
  Task<void> run(http::BodyWriter& writer) override;
  void stop() override {
    over_ = true;
    wake_.notify();
  }
  void withdraw() override {
    queue_.clear();
    stop();
  }

 private:
  void on_notice(const SessionNoticePtr& notice) override {
    if (open_) {
      take(*notice);
    } else {
      waiting_.push_back(notice);
    }
  }
  void take(const SessionNotice& notice);
  void take_shared(const SessionNotice& notice);
  void tell_removed(const SessionNotice& notice, std::string_view reason);
  void push(const std::string& session_id, std::string json);

  LiveService& service_;
  events::SessionChanges& changes_;
  const events::SubscriberPolicy policy_;
  const Executor thread_;
  const events::Viewer viewer_;
  std::string welcome_;
  bool open_ = false;
  std::vector<SessionNoticePtr> waiting_;  // until open_
  std::map<std::string, std::string>
      known_;  // the epochs of the sessions that the reader has been told about
  SessionQueue queue_;
  Notifier wake_;
  bool over_ = false;
};

Task<void> SessionStream::open() {
  const auto now = co_await run_on(service_.executor(), service_.overview(viewer_));
  JsonWriter out(welcome_);
  out.open();
  out.field("type", "connected");
  out.open_array("sessions");
  for (const SessionView& session : now.sessions) {
    out.open();
    write_summary(out, session);
    out.close();
    known_[session.id] = session.epoch;
  }
  out.close_array();
  out.field("total", now.sessions.size());
  out.field("keepalive_seconds", policy_.heartbeat.count());
  out.close();
  open_ = true;
  for (const SessionNoticePtr& notice : std::exchange(waiting_, {})) {
    if (notice->number > now.newest_notice) take(*notice);
  }
}

void SessionStream::take(const SessionNotice& notice) {
  if (notice.kind == SessionNotice::Kind::deleted) {
    const auto found = known_.find(notice.session_id);
    if (found != known_.end() && found->second == notice.epoch) tell_removed(notice, "deleted");
    return;
  }
  if (notice.kind == SessionNotice::Kind::shared) return take_shared(notice);
  if (!notice.access || !notice.access->lets_read(viewer_)) return;
  known_[notice.session_id] = notice.epoch;
  push(notice.session_id, std::string(notice.event->json()));
}

void SessionStream::take_shared(const SessionNotice& notice) {
  const bool may_read = notice.access && notice.access->lets_read(viewer_);
  const bool knows = known_.contains(notice.session_id);
  if (knows && !may_read) {
    // What a slow reader has not taken yet is no longer its to read.
    queue_.forget(notice.session_id);
    return tell_removed(notice, "no longer shared");
  }
  if (knows || !may_read) return;
  known_[notice.session_id] = notice.epoch;
  push(notice.session_id, R"({"type":"session_added","session":)" + notice.summary + "}");
}

void SessionStream::tell_removed(const SessionNotice& notice, std::string_view reason) {
  known_.erase(notice.session_id);
  std::string json;
  JsonWriter out(json);
  out.open();
  out.field("type", "session_removed");
  out.field("session_id", notice.session_id);
  out.field("epoch", notice.epoch);
  out.field("reason", reason);
  out.close();
  push(notice.session_id, std::move(json));
}

void SessionStream::push(const std::string& session_id, std::string json) {
  if (over_) return;
  // One that is too slow ends, and the client asks again.
  if (!queue_.push(session_id, std::move(json))) over_ = true;
  wake_.notify();
}

Task<void> SessionStream::run(http::BodyWriter& writer) {
  std::string text = "retry: 2000\nevent: connected\ndata: " + std::exchange(welcome_, {}) + "\n\n";
  bool writable = true;
  while (writable) {
    while (!queue_.empty() && text.size() < write_at) {
      text += "data: " + queue_.pop() + "\n\n";
    }
    if (!text.empty()) {
      writable = co_await writer.write(text);
      text.clear();
      continue;
    }
    if (over_) break;
    const auto before = std::chrono::steady_clock::now();
    co_await wake_.wait_for(policy_.heartbeat);
    const bool quiet = queue_.empty() && std::chrono::steady_clock::now() - before >= policy_.heartbeat;
    if (quiet && !over_) text = ": keep-alive\n\n";
  }
}

Task<Result<Response>> get_session_stream(LiveService& service, events::SessionChanges& changes,
                                          const events::SubscriberPolicy& policy, Exchange& exchange) {
  auto body = std::make_unique<SessionStream>(service, changes, policy, exchange.executor,
                                              events::Viewer(exchange.caller));
  co_await body->open();
  Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers.emplace_back("X-Accel-Buffering", "no");  // otherwise nginx holds events back
  response.headers.emplace_back("Cache-Control", "no-store");
  response.stream = std::move(body);
  co_return response;
}

}  // namespace

http::Route session_stream_route(LiveService& service, events::SessionChanges& changes,
                                 const events::SubscriberPolicy& policy) {
  http::TaskHandler handler = [&service, &changes, policy](Exchange& exchange) {
    return get_session_stream(service, changes, policy, exchange);
  };
  return {.method = http::Method::get,
          .path = "/sessions/stream",
          .permission = permission::read,
          .summary = "The state changes of all sessions as Server-Sent Events",
          .handler = std::move(handler),
          .query_credentials = true,
          .long_lived = true};
}

}  // namespace papi::live
