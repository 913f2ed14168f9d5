#pragma once

// HTTP requests and responses as values (RFC 9110).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace papi::http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };

std::string_view to_string(Method method);

/// One header field of a request, as it was sent.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// A parsed request. All views point into the connection's buffers and are valid until the answer is written.
struct Request {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;     // as sent
  std::string_view authority;  // host[:port] of an absolute target, else of Host
  std::string_view path;       // of the target, still percent-encoded
  std::string_view query;      // what follows '?'
  int version = 11;            // 10 or 11
  bool keep_alive = true;
  bool has_body = false;  // Transfer-Encoding, or a Content-Length above 0
  bool secure = false;    // TLS between the caller and us or a trusted proxy
  std::vector<Header> headers;
  std::string_view body;
  std::string_view client_address;
  bool origin_told = false;          // trusted proxies say that `client_address` made the request
  bool from_near = false;            // from this machine or a private network (is_near_caller)
  std::string_view forwarded_host;   // X-Forwarded-Host: the host[:port] that the caller asked for
  std::uint16_t forwarded_port = 0;  // X-Forwarded-Port; 0: not given
  std::string_view prefix;           // links in answers begin with it (BASE_PATH, X-Forwarded-Prefix)

  /// Returns the value of the first header with that name (any case), or an empty view. For fields that are
  /// not lists.
  std::string_view header(std::string_view name) const;
  /// Returns all headers with that name (any case) as one list, joined by commas (RFC 9110 §5.3).
  std::string header_list(std::string_view name) const;
  /// Returns true if the list-valued header `name` has the token `token` (both in any case).
  bool header_has_token(std::string_view name, std::string_view token) const;
  /// Returns the decoded value of a query parameter, the first one if it is repeated. Returns nullopt if it
  /// is absent. Its name must be listed in Route::query.
  std::optional<std::string> query_value(std::string_view name) const;
  /// Returns all query parameters in order, decoded. A parameter with malformed percent-encoding is left out.
  std::vector<std::pair<std::string, std::string>> query_values() const;
};

/// Returns a path as logs and answers may show it. Text that looks like a credential (`pk_…`, `tk_…`, `eyJ…`)
/// or like an encoded query is left out, and hidden characters are escaped. If anything was changed, the view
/// points into `storage`.
std::string_view shown_path(std::string_view path, std::string& storage);

class Upgrade;
class BodyStream;
class Tunnel;

/// The beginning of another server's answer that is passed on. It is sent in place of the status line and the
/// headers of this server.
struct PassedHead {
  std::string lines;        // status line and headers, each with its CRLF, without those of one connection
  bool has_length = false;  // Content-Length is among them, so that a streamed body needs no framing
};

/// The answer of a handler. `content_type` and header names must be literals or outlive the response.
struct Response {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::unique_ptr<Upgrade> upgrade;                // if set: 101, and the connection becomes a WebSocket
  std::unique_ptr<BodyStream> stream;              // if set: sent in place of `body`, length not known
  std::shared_ptr<const std::string> shared_body;  // if set: sent in place of `body`, without a copy
  std::optional<PassedHead> passed_head;           // if set: `content_type` and `headers` are not sent
  std::unique_ptr<Tunnel> tunnel;                  // if set: a 101 of another server, in `passed_head`

  Response();
  explicit Response(std::string json_body, unsigned code = 200);
  const std::string& content() const { return shared_body ? *shared_body : body; }
  ~Response();
  Response(Response&&) noexcept;
  Response& operator=(Response&&) noexcept;
};

std::string_view reason_phrase(unsigned status);

}  // namespace papi::http
