#include "app/root_route.hpp"

#include "app/tester_command.hpp"
#include "platform/base/json_writer.hpp"
#include "platform/base/version.hpp"
#include "platform/http/accept.hpp"
#include "platform/http/origin.hpp"
#include "platform/http/prefix.hpp"
#include "platform/net/ip_address.hpp"

namespace papi::app {
namespace {

using http::Exchange;
using http::Response;

constexpr std::string_view service_name = "Profile & Engagement API";
constexpr std::string_view html = "text/html; charset=utf-8";

/// Where the tester's page is for this caller: on localhost, unless it listens for other machines.
std::string tester_url(const Settings& s, const http::Request& request) {
  const auto address = parse_ip_address(s.tester.listen);
  const auto own = http::own_origin(request);
  const bool near = !own || !address || address->is_loopback();
  return (tester_has_tls(s) ? "https://" : "http://") + (near ? std::string("localhost") : own->host) + ":" +
         std::to_string(s.tester.port) + "/";
}

struct Link {
  std::string_view name;
  std::string_view text;
  std::string to;
};

std::vector<Link> links(const Settings& s, const http::Request& request) {
  const auto here = [&request](std::string_view path) { return http::link_to(request, path); };
  return {{"tester", "Tester: rooms, events and a console in the browser", tester_url(s, request)},
          {"docs", "All routes, to try out", here("/docs")},
          {"openapi", "All routes, for programs (OpenAPI)", here("/openapi.json")},
          {"healthcheck", "Health", here("/healthcheck")}};
}

std::string as_json(const std::vector<Link>& links) {
  std::string text;
  JsonWriter out(text);
  out.open();
  out.field("name", service_name);
  out.field("version", version);
  out.open("links");
  for (const Link& link : links) out.field(link.name, link.to);
  out.close();
  out.close();
  return text;
}

/// Nothing in it comes from the request except the links, which are escaped where they are made.
std::string as_page(const std::vector<Link>& links) {
  std::string page =
      "<!doctype html>\n"
      "<html lang=\"en\">\n"
      "<head>\n"
      "<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>Profile &amp; Engagement API</title>\n"
      "</head>\n"
      "<body>\n"
      "<h1>Profile &amp; Engagement API</h1>\n"
      "<p>Version " +
      std::string(version) +
      "</p>\n"
      "<ul>\n";
  for (const Link& link : links)
    page += "<li><a href=\"" + link.to + "\">" + std::string(link.text) + "</a></li>\n";
  page += "</ul>\n</body>\n</html>\n";
  return page;
}

}  // namespace

http::Route root_route(const Settings& s) {
  http::Route route;
  route.path = "/";
  route.summary = "Name, version and links, as JSON or as a page";
  route.rate = http::RateRule::none;
  route.handler = http::DirectHandler([&s](Exchange& exchange) -> Result<Response> {
    const auto to = links(s, exchange.request);
    Response response;
    if (http::asks_for(exchange.request, html.substr(0, html.find(';')), response.content_type)) {
      response.body = as_page(to);
      response.content_type = html;
    } else {
      response.body = as_json(to);
    }
    response.headers.emplace_back("Vary", "Accept");
    response.headers.emplace_back("Cache-Control", "no-cache");
    return response;
  });
  return route;
}

}  // namespace papi::app
