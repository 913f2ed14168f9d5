#include "platform/http/response_writer.hpp"

#include "platform/base/json_writer.hpp"

namespace papi::http {
namespace {

/// Appends the header of another server's answer, and what is true of this connection: how the body is
/// framed, and whether the connection goes on.
void append_passed_head(std::string& out, const Request& request, const Response& response, bool keep_alive) {
  out += response.passed_head->lines;
  if (response.stream && request.version == 11 && !response.passed_head->has_length)
    out += "Transfer-Encoding: chunked\r\n";
  if (!response.tunnel && !keep_alive) out += "Connection: close\r\n";
  if (!response.tunnel && keep_alive && request.version == 10) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

const std::string& date_header(UnixMs now) {
  thread_local std::int64_t second = -1;
  thread_local std::string text;
  if (second != now / 1000) {
    second = now / 1000;
    text = "Date: " + http_date(now) + "\r\n";
  }
  return text;
}

}  // namespace

void append_response(std::string& out, const Exchange& exchange, const Response& response,
                     const FixedHeaders& fixed, bool keep_alive, UnixMs now) {
  const Request& request = exchange.request;
  if (response.passed_head) return append_passed_head(out, request, response, keep_alive);
  if (response.status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
  }
  out += date_header(now);
  if (response.status != 204 && response.status != 304) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\n";
    if (!response.stream) {
      out += "Content-Length: ";
      append_number(out, response.content().size());
      out += "\r\n";
    } else if (request.version == 11) {
      out += "Transfer-Encoding: chunked\r\n";  // an HTTP/1.0 client reads until the connection closes
    }
  }
  if (!exchange.correlation_id.empty()) {
    out += "X-Correlation-ID: ";
    out += exchange.correlation_id;
    out += "\r\n";
  }
  bool own_policy = false;
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
    own_policy |= name == "Content-Security-Policy";
  }
  out += fixed.all;
  if (!own_policy) out += fixed.policy;
  if (request.secure) out += fixed.tls_only;
  if (!keep_alive) {
    out += "Connection: close\r\n";
  } else if (request.version == 10) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (request.method != Method::head) out += response.body;
}

}  // namespace papi::http
