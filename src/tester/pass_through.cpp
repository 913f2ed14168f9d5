#include "tester/pass_through.hpp"

#include <stdexcept>

#include "platform/base/text.hpp"
#include "platform/http/body_stream.hpp"
#include "platform/http/handshake.hpp"
#include "platform/http/tunnel.hpp"
#include "platform/net/joined_streams.hpp"
#include "tester/passed_headers.hpp"

namespace papi::tester {
namespace {

/// Returns true if the answer goes on until the client leaves.
bool is_endless(const http::ResponseParser& answer) {
  for (const auto& [name, value] : answer.fields()) {
    if (equals_ignoring_case(name, "content-type") && value.starts_with("text/event-stream")) return true;
  }
  return false;
}

/// Returns false if the header that is passed on says that nothing follows. An empty body in chunks has a
/// last chunk.
bool has_body(const http::ResponseParser& answer, std::string_view first) {
  return !answer.complete() || !first.empty() || answer.framing() == http::ResponseParser::Framing::chunked;
}

/// The body of an answer. Each piece is passed on as soon as it has come.
class PassedBody final : public http::BodyStream {
 public:
  explicit PassedBody(std::unique_ptr<Upstream> upstream)
      : upstream_(std::move(upstream)), endless_(is_endless(upstream_->answer())) {}
  Task<void> run(http::BodyWriter& writer) override;
  void stop() override {
    stopped_ = true;
    upstream_->close();
  }
  /// The service hears the same, and decides what it still sends.
  void client_closed() override { upstream_->transport().shutdown_send(); }

 private:
  const std::unique_ptr<Upstream> upstream_;
  const bool endless_;
  bool stopped_ = false;
};

Task<void> PassedBody::run(http::BodyWriter& writer) {
  for (;;) {
    const std::string_view piece = upstream_->body();
    if (!piece.empty() && !co_await writer.write(piece)) break;
    if (upstream_->answer().complete()) break;
    const auto read = co_await upstream_->read_more();
    if (stopped_ && endless_) break;
    if (!read) throw std::runtime_error(read.error().message);
  }
  upstream_->close();
}

/// A WebSocket: two connections that are joined.
class PassedSocket final : public http::Tunnel {
 public:
  PassedSocket(std::unique_ptr<Upstream> upstream, const UpstreamLimits& limits, const Clock& clock)
      : upstream_(std::move(upstream)), clock_(clock) {
    limits_.buffer = limits.buffer;
  }
  Task<void> run(Transport& client, std::string unread) override;
  void sweep(std::chrono::steady_clock::time_point now) override {
    if (joined_) joined_->sweep(now);
  }
  void stop() override {
    upstream_->close();
    if (joined_) joined_->stop();
  }

 private:
  const std::unique_ptr<Upstream> upstream_;
  const Clock& clock_;
  JoinedStreams::Limits limits_;
  std::unique_ptr<JoinedStreams> joined_;
};

Task<void> PassedSocket::run(Transport& client, std::string unread) {
  joined_ = std::make_unique<JoinedStreams>(client, upstream_->transport(), limits_, clock_);
  std::string first = std::move(upstream_->body());
  co_await joined_->run(std::move(first), std::move(unread));
}

/// Keeps a pointer in a set for as long as it lives.
class Listed {
 public:
  Listed(std::set<Upstream*>& list, Upstream* upstream) : list_(list), upstream_(upstream) {
    list_.insert(upstream_);
  }
  ~Listed() { list_.erase(upstream_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::set<Upstream*>& list_;
  Upstream* const upstream_;
};

}  // namespace

PassThrough::PassThrough(UpstreamTarget target, const UpstreamLimits& limits, Logger& log, const Clock& clock)
    : target_(std::move(target)),
      limits_(limits),
      log_(log),
      clock_(clock),
      tls_(net::ssl::context::tls_client) {
  boost::system::error_code ignored;
  tls_.set_default_verify_paths(ignored);
}

Task<Result<http::Response>> PassThrough::pass(http::Exchange& exchange) {
  if (stopped_) co_return Error(ErrorCode::unavailable, "The tester is stopping");
  const http::Request& request = exchange.request;
  const bool socket = http::wants_websocket(request);
  auto upstream =
      std::make_unique<Upstream>(exchange.executor, limits_, request.method == http::Method::head);
  {
    const Listed listed(waiting_, upstream.get());
    const auto opened = co_await upstream->open(tls_, target_);
    if (!opened) co_return unreachable(exchange, opened.error());
    const std::string target = passed_target(request);
    const std::string head = passed_request(exchange, target_, target, socket);
    const auto asked = co_await upstream->ask(head, request.body);
    if (!asked) co_return unreachable(exchange, asked.error());
  }
  const http::ResponseParser& answer = upstream->answer();
  http::Response response;
  response.status = answer.status();
  response.passed_head = passed_head(answer);
  if (answer.status() == 101) {
    if (!socket)
      co_return unreachable(exchange, Error(ErrorCode::upstream_error, "it switched the protocol"));
    response.tunnel = std::make_unique<PassedSocket>(std::move(upstream), limits_, clock_);
  } else if (has_body(answer, upstream->body())) {
    response.stream = std::make_unique<PassedBody>(std::move(upstream));
  }
  co_return response;
}

Error PassThrough::unreachable(const http::Exchange& exchange, const Error& why) {
  if (stopped_) return Error(ErrorCode::unavailable, "The tester is stopping");
  log_.warning(
      "The service cannot be reached",
      {{"correlation_id", exchange.correlation_id}, {"upstream", target_.url}, {"reason", why.message}});
  Error error(why.code, "The service at " + target_.url + " cannot be reached (" + why.message +
                            "): see whether it runs and whether PROFILE_API_URL names it");
  error.edit().notes.push_back({"upstream", target_.url});
  return error;
}

void PassThrough::stop() {
  stopped_ = true;
  for (Upstream* upstream : waiting_) upstream->close();
}

}  // namespace papi::tester
