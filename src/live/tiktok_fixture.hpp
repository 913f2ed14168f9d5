#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>

#include "live/upstream_connection.hpp"
#include "platform/base/text.hpp"
#include "platform/http/server.hpp"
#include "platform/http/upgrade.hpp"
#include "webcast.pb.h"

namespace papi::live::live_test {

/// What has happened, in order, as short texts. Any thread may add; one test reads.
class Happenings {
 public:
  void add(std::string what) {
    {
      std::lock_guard lock(mutex_);
      list_.push_back(std::move(what));
    }
    added_.notify_all();
  }
  /// Waits for the next one and takes it away. Returns "nothing" after 30 s.
  std::string next() {
    std::unique_lock lock(mutex_);
    if (!added_.wait_for(lock, std::chrono::seconds(30), [this] { return !list_.empty(); })) return "nothing";
    std::string what = std::move(list_.front());
    list_.pop_front();
    return what;
  }
  /// Takes away all up to the first that begins with `start`. Returns them, separated by "; ".
  std::string until(std::string_view start) {
    std::string all, last;
    do {
      last = next();
      all += (all.empty() ? "" : "; ") + last;
    } while (!last.starts_with(start) && last != "nothing");
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::string> list_;
};

/// TikTok and its sign server on loopback. Every room id is a live room until it is set offline. Each
/// signature has the cursor `c0` and no messages, unless a test sets another result. The members may be
/// called from any thread.
class TikTokServer {
 public:
  explicit TikTokServer(Happenings& happenings) : happenings_(happenings) {
    threads_.start();
    port_ = server_.listen("127.0.0.1", 0).value();
    signature_.set_cursor("c0");
    signature_.set_internal_ext("ext0");
  }
  ~TikTokServer() {
    server_.stop(std::chrono::milliseconds(0), std::chrono::minutes(1));
    threads_.stop();
  }

  TikTokHosts hosts() const {
    TikTokHosts hosts;
    hosts.web = hosts.webcast = hosts.sign = "http://127.0.0.1:" + std::to_string(port_);
    hosts.timeout = std::chrono::seconds(30);
    return hosts;
  }
  void set_live(bool live) {
    std::lock_guard lock(mutex_);
    live_ = live;
  }
  /// The result that the next signatures have.
  void set_signature(webcast::FetchResult result) {
    std::lock_guard lock(mutex_);
    signature_ = std::move(result);
  }
  /// Sends a result on every open socket.
  void push(std::uint64_t log_id, webcast::FetchResult result) {
    webcast::PushFrame frame;
    frame.set_log_id(log_id);
    frame.set_payload_encoding("pb");
    frame.set_payload_type("msg");
    frame.set_payload(result.SerializeAsString());
    const auto bytes = websocket::binary_frame(frame.SerializeAsString());
    on_each_socket([bytes](websocket::Socket& socket) { socket.send(bytes); });
  }
  /// Cuts every open socket.
  void drop() {
    on_each_socket([](websocket::Socket& socket) { socket.abort(); });
  }

 private:
  class RoomSocket final : public http::Upgrade {
   public:
    explicit RoomSocket(TikTokServer& server) : server_(server) {}
    Task<void> run(websocket::Socket& socket) override {
      server_.sockets_.insert(&socket);
      bool open = true;
      while (open) {
        const auto message = co_await socket.receive();
        open = message.has_value();
        if (open) server_.happenings_.add(text_of(message->payload));
      }
      server_.sockets_.erase(&socket);
      server_.happenings_.add("socket closed");
    }

   private:
    TikTokServer& server_;
  };

  static std::string text_of(const std::string& bytes) {
    webcast::PushFrame frame;
    frame.ParseFromString(bytes);
    webcast::EnterRoom enter;
    if (frame.payload_type() == "hb") return "heartbeat";
    if (frame.payload_type() == "ack") return "ack " + std::to_string(frame.log_id()) + " " + frame.payload();
    if (frame.payload_type() != "im_enter_room" || !enter.ParseFromString(frame.payload())) return "unknown";
    return "enter " + std::to_string(enter.room_id()) + " " + enter.cursor();
  }
  static LogOptions quiet() {
    LogOptions options;
    options.level = LogLevel::critical;
    return options;
  }
  static http::Response sign(TikTokServer& self, const http::Request& request) {
    std::lock_guard lock(self.mutex_);
    self.happenings_.add("sign '" + request.query_value("cursor").value_or("?") + "'");
    webcast::FetchResult result = self.signature_;
    result.set_push_server("ws://127.0.0.1:" + std::to_string(self.port_) + "/socket");
    http::Response response(result.SerializeAsString());
    response.headers.emplace_back("x-set-tt-cookie", "ttwid=1");
    return response;
  }
  static http::Response check_alive(TikTokServer& self, const http::Request& request) {
    std::lock_guard lock(self.mutex_);
    self.happenings_.add(self.live_ ? "live" : "offline");
    return http::Response(R"({"data":[{"alive":)" + std::string(self.live_ ? "true" : "false") +
                          R"(,"room_id_str":")" + request.query_value("room_ids").value_or("") + "\"}]}");
  }
  static http::Response open_socket(TikTokServer& self, const http::Request& request) {
    self.happenings_.add("socket " + request.query_value("cursor").value_or("?") + " " +
                         request.query_value("internal_ext").value_or("?"));
    http::Response response;
    response.upgrade = std::make_unique<RoomSocket>(self);
    return response;
  }
  std::vector<http::Route> routes() {
    std::vector<http::Route> all;
    const auto add = [&](std::string path, http::Response (*answer)(TikTokServer&, const http::Request&)) {
      http::Route route;
      route.path = std::move(path);
      route.handler = http::DirectHandler([this, answer](http::Exchange& exchange) -> Result<http::Response> {
        return answer(*this, exchange.request);
      });
      all.push_back(std::move(route));
    };
    add("/webcast/rooms/{id}/connect", sign);
    add("/webcast/room/check_alive/", check_alive);
    add("/socket", open_socket);
    all.back().websocket = true;
    return all;
  }
  void on_each_socket(std::function<void(websocket::Socket&)> action) {
    net::post(threads_.executor(0), [this, action = std::move(action)] {
      for (websocket::Socket* socket : sockets_) action(*socket);
    });
  }

  Happenings& happenings_;
  std::mutex mutex_;  // guards the two below
  bool live_ = true;
  webcast::FetchResult signature_;
  std::set<websocket::Socket*> sockets_;  // used on the server's thread only
  SystemClock clock_;
  Logger log_{quiet(), clock_};
  IoThreads threads_{1};
  const http::Pipeline pipeline_{http::RouteTable(routes()), {}};
  http::Server server_{threads_, pipeline_, http::ServerOptions(), log_, clock_};
  std::uint16_t port_ = 0;
};

/// Gifts are neither known nor kept.
class NoGiftStore final : public GiftStore {
 public:
  Task<Result<Known>> load(Executor) override {
    Known none;
    co_return none;
  }
  Task<Result<void>> save(Executor, Known) override {
    Result<void> saved;
    co_return saved;
  }
};

class NobodyLooks final : public events::PersonSink {
 public:
  void seen(const events::User&) override {}
};

/// What the upstream connections of a test share. It belongs to the thread of `executor`.
struct LiveParts {
  LiveParts(Executor executor, const TikTokServer& tiktok, Logger& logger, const Clock& clock)
      : hosts(tiktok.hosts()),
        sign(http, hosts, browser, SignClient::Secrets(), 6'000, logger, clock),
        gifts(GiftList::Dependencies{executor, http, hosts, browser, gift_store, logger, clock},
              GiftList::Options(), GiftStore::Known()),
        trusted_clock(clock),
        deps{executor, lookup,  sign,    tls,           browser, hosts, gifts,  nullptr, people,
             pictures, nullptr, nullptr, trusted_clock, logger,  clock, random, metrics} {}

  HttpClient http{HttpClient::Options()};
  const TikTokHosts hosts;
  const Browser browser;
  net::ssl::context tls{net::ssl::context::tls_client};
  RoomLookup lookup{http, hosts, browser};
  SignClient sign;
  NoGiftStore gift_store;
  GiftList gifts;
  NobodyLooks people;
  const events::PictureKeys pictures{Secret("0123456789abcdef0123456789abcdef")};
  TrustedClock trusted_clock;
  Random random{7};
  UpstreamMetrics metrics;
  const LiveDependencies deps;
};

/// Options with which nothing waits for long, and nothing happens by itself.
inline UpstreamOptions quick_options() {
  UpstreamOptions options;
  options.timing.first_backoff = options.timing.max_backoff = std::chrono::milliseconds(1);
  options.timing.live_check = std::chrono::hours(1);
  options.protocol.silence = std::chrono::hours(1);
  options.protocol.heartbeat = std::chrono::hours(1);
  return options;
}

/// A message of `method` about a person with the id 5, as TikTok encodes it.
inline void add_message(webcast::FetchResult& result, const std::string& method, std::int64_t id,
                        const std::string& payload) {
  webcast::BaseMessage& message = *result.add_messages();
  message.set_method(method);
  message.set_msg_id(id);
  message.set_payload(payload);
}

/// Comments with these ids and texts `comment ID`, which want an acknowledgement with the text `ext CURSOR`.
inline webcast::FetchResult comments(const std::string& cursor, std::initializer_list<std::int64_t> ids,
                                     std::int64_t room) {
  webcast::FetchResult result;
  result.set_cursor(cursor);
  result.set_internal_ext("ext " + cursor);
  result.set_need_ack(true);
  for (const std::int64_t id : ids) {
    webcast::ChatMessage chat;
    webcast::Common& common = *chat.mutable_common();
    common.set_method("WebcastChatMessage");
    common.set_msg_id(id);
    common.set_room_id(room);
    common.set_create_time(SystemClock().now_ms());
    chat.mutable_user()->set_id(5);
    chat.mutable_user()->set_display_id("ann");
    chat.set_content("comment " + std::to_string(id));
    add_message(result, "WebcastChatMessage", id, chat.SerializeAsString());
  }
  return result;
}

/// The end of the stream.
inline webcast::FetchResult end_of_stream(const std::string& cursor, std::int64_t id, std::int64_t room) {
  webcast::FetchResult result;
  result.set_cursor(cursor);
  result.set_internal_ext("ext " + cursor);
  result.set_need_ack(true);
  webcast::ControlMessage control;
  webcast::Common& common = *control.mutable_common();
  common.set_method("WebcastControlMessage");
  common.set_msg_id(id);
  common.set_room_id(room);
  common.set_create_time(SystemClock().now_ms());
  control.set_action(3);
  add_message(result, "WebcastControlMessage", id, control.SerializeAsString());
  return result;
}

}  // namespace papi::live::live_test
