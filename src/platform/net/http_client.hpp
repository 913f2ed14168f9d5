#pragma once

#include <chrono>
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

struct HttpCall {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::chrono::milliseconds timeout{10'000};
  std::size_t max_body = 8 * 1024 * 1024;
  bool follow_redirects = false;
  bool loopback_is_meant = false;  // see HttpClient::Options::public_only
};

struct HttpReply {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string location() const { return header("location"); }
  std::string header(std::string_view lower_name) const;
};

/// Outgoing HTTP over libcurl, on one thread of its own with pooled connections. Any thread may call.
class HttpClient {
 public:
  struct Options {
    std::string ca_file;  // empty: the system's
    std::optional<Proxy> proxy;
    std::size_t max_in_flight = 200;
    /// Connects to public addresses only, judged by the very address that is about to be connected to: a name
    /// cannot resolve to one address for the check and to another for the connection. A call that says
    /// `loopback_is_meant` may also connect to a loopback address. Not so behind a proxy, which resolves
    /// names itself.
    bool public_only = false;
  };
  explicit HttpClient(Options options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// An Error means that no answer came: upstream_timeout, or upstream_error with curl's word for it. Any
  /// HTTP status is a reply; an address that is not public is `blocked`. The URL's query is never part of an
  /// error.
  Task<Result<HttpReply>> fetch(Executor executor, HttpCall call);

  /// Ends what is under way with an error, and all that comes after. For shutdown.
  void cancel_all();

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace papi
