#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/error.hpp"
#include "platform/base/task.hpp"
#include "platform/net/proxy.hpp"

namespace papi {

/// One outgoing request: a GET, or a POST if it has a body for that.
struct HttpCall {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::chrono::milliseconds timeout{10'000};
  std::size_t max_body = 8 * 1024 * 1024;
  bool follow_redirects = false;
  bool loopback_is_meant = false;  // see HttpClient::Options::public_only
  std::optional<std::string> post_body = std::nullopt;
};

/// One answer, with any HTTP status.
struct HttpReply {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string location() const { return header("location"); }
  std::string header(std::string_view lower_name) const;
};

/// Outgoing HTTP over libcurl. One thread of its own runs all requests, with pooled connections. Any thread
/// may call it.
class HttpClient {
 public:
  struct Options {
    std::string ca_file;  // empty: the system's certificates
    std::optional<Proxy> proxy;
    std::size_t max_in_flight = 200;
    /// Connects to public addresses only (see is_public()). The check uses the very address that is about to
    /// be connected to, so a name cannot resolve to one address for the check and to another for the
    /// connection. A call with `loopback_is_meant` may also connect to a loopback address. Behind a proxy
    /// there is no such check, because the proxy resolves the names.
    bool public_only = false;
  };
  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Returns the answer of any HTTP status. Fails with UNAVAILABLE if `max_in_flight` requests run already or
  /// after cancel_all(); with BLOCKED if the address is not public; with UPSTREAM_TIMEOUT if no answer
  /// came in time; with UPSTREAM_ERROR if the answer is larger than `max_body` or, with curl's description,
  /// for all other failures. An error never holds the URL's query. `executor` is that of the calling
  /// coroutine.
  Task<Result<HttpReply>> fetch(Executor executor, HttpCall call);

  /// How many requests run and wait for the thread, and how many were refused since the start because
  /// `max_in_flight` ran. Any thread.
  struct Load {
    std::size_t in_flight = 0;
    std::size_t max_in_flight = 0;
    std::uint64_t refused = 0;
  };
  Load load() const;

  /// Fails all requests that run and all later ones. For shutdown.
  void cancel_all();

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace papi
