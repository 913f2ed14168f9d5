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

struct Header {
  std::string_view name;
  std::string_view value;
};

/// A parsed request. All views point into the connection's buffers and are valid until its answer is written.
struct Request {
  Method method = Method::other;
  std::string_view method_text;
  std::string_view target;     // as sent
  std::string_view authority;  // the host[:port] that it is for: of an absolute target, else of Host
  std::string_view path;       // of the target, still percent-encoded
  std::string_view query;      // what follows '?'
  int version = 11;            // 10 or 11
  bool keep_alive = true;
  bool has_body = false;  // a Content-Length or Transfer-Encoding was sent
  bool secure = false;    // the caller came by TLS, to us or to a trusted proxy
  std::vector<Header> headers;
  std::string_view body;
  std::string_view client_address;
  bool origin_told = false;          // proxies of ours say that the request comes from `client_address`
  bool from_near = false;            // from this machine or a private network (is_near_caller)
  std::string_view forwarded_host;   // of X-Forwarded-Host, the host[:port] that the caller asked for
  std::uint16_t forwarded_port = 0;  // of X-Forwarded-Port; 0: not told
  std::string_view prefix;           // what links in answers begin with (BASE_PATH, X-Forwarded-Prefix)

  /// The first header of that name (any case), or an empty view. For fields that are no lists.
  std::string_view header(std::string_view name) const;
  /// All headers of that name as the one list that they are (RFC 9110 §5.3), joined by commas.
  std::string header_list(std::string_view name) const;
  /// Whether the list-valued header `name` has the token `token` (any case).
  bool header_has_token(std::string_view name, std::string_view token) const;
  /// The decoded value of a query parameter; the first one where it is repeated. Its name must stand in
  /// Route::query.
  std::optional<std::string> query_value(std::string_view name) const;
  /// All query parameters, decoded, in order.
  std::vector<std::pair<std::string, std::string>> query_values() const;
};

/// A path as logs and answers may show it: without what looks like a credential (`pk_…`, `tk_…`, `eyJ…`) or
/// like a query that was encoded into it, and with hidden characters escaped. `storage` backs the view where
/// something was left out.
std::string_view shown_path(std::string_view path, std::string& storage);

class Upgrade;
class BodyStream;

/// What a handler answers. `content_type` and header names must be literals or outlive the response.
struct Response {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string_view, std::string>> headers;
  std::unique_ptr<Upgrade> upgrade;                // set: 101, and the connection becomes a WebSocket
  std::unique_ptr<BodyStream> stream;              // set: instead of `body`, of unknown length
  std::shared_ptr<const std::string> shared_body;  // set: instead of `body`; sent without a copy of its own

  Response();
  explicit Response(std::string json_body, unsigned code = 200);
  const std::string& content() const { return shared_body ? *shared_body : body; }
  ~Response();
  Response(Response&&) noexcept;
  Response& operator=(Response&&) noexcept;
};

std::string_view reason_phrase(unsigned status);

}  // namespace papi::http
