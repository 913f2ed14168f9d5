#include "api_documents/document_routes.hpp"

#include <boost/json/serialize.hpp>

#include "api_documents/asyncapi.hpp"
#include "api_documents/openapi.hpp"
#include "platform/base/sha256.hpp"

namespace papi::api_documents {
namespace {

http::Picture served(const json::object& document) {
  std::string text = json::serialize(document);
  std::string tag = sha256_hex(text).substr(0, 16);
  return {"application/json", std::make_shared<const std::string>(std::move(text)), std::move(tag)};
}

http::Route document_route(std::string path, std::string summary, const std::shared_ptr<Documents>& documents,
                           http::Picture Documents::*document) {
  http::DirectHandler handler = [documents, document](http::Exchange& exchange) -> Result<http::Response> {
    return http::picture_response(exchange.request, (*documents).*document, "no-cache");
  };
  return {.method = http::Method::get,
          .path = std::move(path),
          .permission = Permission::none,
          .summary = std::move(summary),
          .handler = std::move(handler),
          .rate = http::RateRule::none};
}

}  // namespace

std::vector<http::Route> with_documents(std::vector<http::Route> routes, const http::ErrorTable& errors) {
  const auto documents = std::make_shared<Documents>();
  routes.push_back(document_route("/openapi.json", "All routes, for programs (OpenAPI 3.1)", documents,
                                  &Documents::openapi));
  routes.push_back(document_route("/asyncapi.json", "The messages of WebSockets, for programs (AsyncAPI 3.0)",
                                  documents, &Documents::asyncapi));
  documents->openapi = served(openapi(routes, errors));
  documents->asyncapi = served(asyncapi(routes));
  return routes;
}

}  // namespace papi::api_documents
