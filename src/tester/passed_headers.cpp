#include "tester/passed_headers.hpp"

#include "platform/base/json_writer.hpp"
#include "platform/base/text.hpp"
#include "platform/net/ip_address.hpp"
#include "platform/net/public_address.hpp"

namespace papi::tester {
namespace {

constexpr std::string_view api = "/api";
/// Documents that name their own paths.
constexpr std::string_view documents[] = {"/openapi.json", "/asyncapi.json"};

/// Of one connection only. What Connection names is left out too.
constexpr std::string_view hop_by_hop[] = {
    "connection", "keep-alive",          "proxy-connection",  "te", "trailer", "transfer-encoding",
    "upgrade",    "proxy-authorization", "proxy-authenticate"};
/// Of a request: written anew, or said by the caller about itself.
constexpr std::string_view not_of_caller[] = {"host", "content-length", "expect",           "origin",
                                              "via",  "forwarded",      "x-correlation-id", "x-real-ip"};
constexpr std::string_view forwarded = "x-forwarded-";

template <std::size_t n>
bool is_one_of(const std::string_view (&names)[n], std::string_view name) {
  return std::any_of(std::begin(names), std::end(names),
                     [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

/// Returns true if the value of a Connection header names the header.
bool names_header(std::string_view connection, std::string_view name) {
  for (const std::string_view part : split(connection, ',')) {
    if (equals_ignoring_case(trim(part), name)) return true;
  }
  return false;
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

/// Returns the X-Forwarded-For for the service, or an empty text: a caller on this machine needs none. If a
/// proxy that is not trusted passed the request on, nobody knows from where, and the proxy's own address must
/// not stand for it.
std::string_view forwarded_for(const http::Request& request) {
  const auto address = parse_ip_address(request.client_address);
  if (address && is_near(*address) && !request.from_near) return "unknown";
  return address && address->is_loopback() ? std::string_view() : request.client_address;
}

}  // namespace

std::string passed_target(const http::Request& request) {
  std::string_view path = request.path;
  const bool below = path == api || path.starts_with("/api/");
  if (below) path.remove_prefix(api.size());
  if (!below && !is_one_of(documents, path)) return {};
  std::string target(path.empty() ? "/" : path);
  const bool has_query = request.target.find('?') != std::string_view::npos;
  if (has_query) {
    target += '?';
    target += request.query;
  }
  return target;
}

std::string passed_request(const http::Exchange& exchange, const UpstreamTarget& to, std::string_view target,
                           bool upgrade) {
  const http::Request& request = exchange.request;
  std::string out(request.method_text);
  out += ' ';
  out += to.path;
  out += target;
  out += " HTTP/1.1\r\n";
  append_line(out, "Host", to.authority);
  const std::string connection = request.header_list("connection");
  for (const auto& [name, value] : request.headers) {
    const bool left_out = is_one_of(hop_by_hop, name) || is_one_of(not_of_caller, name) ||
                          equals_ignoring_case(name.substr(0, forwarded.size()), forwarded) ||
                          names_header(connection, name);
    if (!left_out) append_line(out, name, value);
  }
  if (!exchange.correlation_id.empty()) append_line(out, "X-Correlation-ID", exchange.correlation_id);
  if (const auto address = forwarded_for(request); !address.empty()) {
    append_line(out, "X-Forwarded-For", address);
    append_line(out, "X-Forwarded-Proto", request.secure ? "https" : "http");
    append_line(out, "X-Forwarded-Host", request.authority);
  }
  if (request.has_body || !request.header("content-length").empty()) {
    out += "Content-Length: ";
    append_number(out, request.body.size());
    out += "\r\n";
  }
  out += upgrade ? "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n" : "Connection: close\r\n\r\n";
  return out;
}

http::PassedHead passed_head(const http::ResponseParser& answer) {
  http::PassedHead head;
  head.lines = "HTTP/1.1 ";
  append_number(head.lines, answer.status());
  head.lines += ' ';
  head.lines += answer.reason();
  head.lines += "\r\n";
  std::string connection;
  for (const auto& [name, value] : answer.fields()) {
    if (equals_ignoring_case(name, "connection")) {
      connection += value;
      connection += ',';
    }
  }
  for (const auto& [name, value] : answer.fields()) {
    if (is_one_of(hop_by_hop, name) || names_header(connection, name)) continue;
    head.has_length = head.has_length || equals_ignoring_case(name, "content-length");
    append_line(head.lines, name, value);
  }
  if (answer.status() == 101) head.lines += "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  return head;
}

}  // namespace papi::tester
