#include "platform/net/http_client.hpp"

#include <curl/curl.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "platform/base/handle.hpp"
#include "platform/base/promise.hpp"
#include "platform/base/text.hpp"
#include "platform/net/public_address.hpp"

namespace papi {
namespace {

using EasyHandle = Handle<CURL, curl_easy_cleanup>;
using MultiHandle = Handle<CURLM, curl_multi_cleanup>;
using HeaderList = Handle<curl_slist, curl_slist_free_all>;

struct Transfer {
  Transfer(HttpCall c, Promise<Result<HttpReply>> d) : call(std::move(c)), done(std::move(d)) {}
  HttpCall call;
  Promise<Result<HttpReply>> done;
  EasyHandle easy;
  HeaderList headers;
  HttpReply reply;
  bool too_large = false;
  bool not_public = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.reply.body.size() + size > transfer.call.max_body) {
    transfer.too_large = true;
    return 0;
  }
  transfer.reply.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {
    transfer.reply.headers.clear();  // drops the headers of the redirect before this answer
  } else if (const auto colon = line.find(':');
             colon != std::string_view::npos && transfer.reply.headers.size() < 100) {
    transfer.reply.headers.emplace_back(to_lower_ascii(trim(line.substr(0, colon))),
                                        trim(line.substr(colon + 1)));
  }
  return size;
}

/// Called by curl with the resolved address that it is about to connect to.
curl_socket_t open_public_socket(void* user, curlsocktype, curl_sockaddr* target) {
  auto& transfer = *static_cast<Transfer*>(user);
  net::ip::tcp::endpoint endpoint;
  if (target->addrlen > endpoint.capacity()) return CURL_SOCKET_BAD;
  std::memcpy(endpoint.data(), &target->addr, target->addrlen);
  endpoint.resize(target->addrlen);
  const net::ip::address address = endpoint.address();
  if (!is_public(address) && !(transfer.call.loopback_is_meant && address.is_loopback())) {
    transfer.not_public = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

std::string host_of(const std::string& url) {
  const auto start = url.find("://");
  const auto from = start == std::string::npos ? 0 : start + 3;
  return url.substr(from, url.find_first_of("/?", from) - from);
}

}  // namespace

std::string HttpReply::header(std::string_view lower_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return {};
}

class HttpClient::Engine {
 public:
  explicit Engine(Options options) : options_(std::move(options)) {
    if (options_.proxy) proxy_url_ = options_.proxy->shown();
    if (proxy_url_.starts_with("socks5:")) proxy_url_.insert(6, "h");  // the proxy resolves the names
    static const bool initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    (void)initialised;
    multi_.reset(curl_multi_init());
    thread_ = std::thread([this] { run(); });
  }
  ~Engine() {
    cancel_all();
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    thread_.join();
  }

  void add(std::unique_ptr<Transfer> transfer) {
    {
      std::lock_guard lock(mutex_);
      if (cancelled_ || queue_.size() + active_count_ >= options_.max_in_flight) {
        if (!cancelled_) ++refused_;
        transfer->done.set(
            Error(ErrorCode::unavailable, "Too many outgoing requests at once, or the service is stopping"));
        return;
      }
      queue_.push_back(std::move(transfer));
    }
    curl_multi_wakeup(multi_.get());
  }

  Load load() {
    std::lock_guard lock(mutex_);
    return {queue_.size() + active_count_, options_.max_in_flight, refused_};
  }

  void cancel_all() {
    {
      std::lock_guard lock(mutex_);
      cancelled_ = true;
    }
    curl_multi_wakeup(multi_.get());
  }

 private:
  void run() {
    for (;;) {
      std::deque<std::unique_ptr<Transfer>> fresh;
      bool cancelled = false;
      {
        std::lock_guard lock(mutex_);
        if (stopping_ && queue_.empty()) break;
        std::swap(fresh, queue_);
        active_count_ += fresh.size();
        cancelled = cancelled_;
      }
      for (auto& transfer : fresh) start(std::move(transfer));
      if (cancelled) abort_all();
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      collect();
      curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr);
    }
    abort_all();
  }

  void start(std::unique_ptr<Transfer> transfer) {
    transfer->easy.reset(curl_easy_init());
    CURL* easy = transfer->easy.get();
    for (const std::string& header : transfer->call.headers) {
      transfer->headers.reset(curl_slist_append(transfer->headers.release(), header.c_str()));
    }
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a silent name server must not delay other requests
    curl_easy_setopt(easy, CURLOPT_URL, transfer->call.url.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers.get());
    if (const auto& body = transfer->call.post_body) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data());  // the transfer keeps it
    }
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(transfer->call.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, transfer->call.follow_redirects ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    if (options_.public_only && !options_.proxy) {
      curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_public_socket);
      curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer.get());
    }
    use_proxy(easy);
    if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_multi_add_handle(multi_.get(), easy);
    active_.emplace(easy, std::move(transfer));
  }

  /// The proxy comes from our setting only, never from an environment variable.
  void use_proxy(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy_url_.c_str());
    if (!options_.proxy) return;
    curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!options_.proxy->user.empty()) {
      curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, options_.proxy->user.c_str());
      curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, options_.proxy->password.reveal().c_str());
    }
    if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, options_.ca_file.c_str());
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      finish(message->easy_handle, message->data.result);
    }
  }

  void finish(CURL* easy, CURLcode code) {
    curl_multi_remove_handle(multi_.get(), easy);
    const auto found = active_.find(easy);
    const std::unique_ptr<Transfer> transfer = std::move(found->second);
    active_.erase(found);
    {
      std::lock_guard lock(mutex_);
      --active_count_;
    }
    const std::string host = host_of(transfer->call.url);
    if (code == CURLE_OK) {
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &transfer->reply.status);
      transfer->done.set(std::move(transfer->reply));
    } else if (transfer->not_public) {
      transfer->done.set(Error(ErrorCode::blocked, host + " has an address that is not public"));
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
      transfer->done.set(Error(ErrorCode::upstream_timeout, host + " did not answer in time"));
    } else if (transfer->too_large) {
      transfer->done.set(Error(ErrorCode::upstream_error, host + " sent too large an answer"));
    } else {
      transfer->done.set(Error(ErrorCode::upstream_error, host + ": " + curl_easy_strerror(code)));
    }
  }

  void abort_all() {
    while (!active_.empty()) finish(active_.begin()->first, CURLE_ABORTED_BY_CALLBACK);
  }

  const Options options_;
  std::string proxy_url_;
  MultiHandle multi_;
  std::mutex mutex_;  // guards the next five members
  std::deque<std::unique_ptr<Transfer>> queue_;
  std::size_t active_count_ = 0;
  std::uint64_t refused_ = 0;
  bool cancelled_ = false;
  bool stopping_ = false;
  std::map<CURL*, std::unique_ptr<Transfer>> active_;  // used on the engine's thread only
  std::thread thread_;
};

HttpClient::HttpClient(Options options) : engine_(std::make_unique<Engine>(std::move(options))) {}
HttpClient::~HttpClient() = default;

Task<Result<HttpReply>> HttpClient::fetch(Executor executor, HttpCall call) {
  Promise<Result<HttpReply>> completion(executor);
  engine_->add(std::make_unique<Transfer>(std::move(call), completion));
  co_return co_await completion.get();
}

HttpClient::Load HttpClient::load() const { return engine_->load(); }

void HttpClient::cancel_all() { engine_->cancel_all(); }

}  // namespace papi
