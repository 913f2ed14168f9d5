#include "app/document_pages.hpp"

#include "tester/page_files.hpp"

namespace papi::app {
namespace {

/// The files below /docs and /redoc. The other files are for the tester alone.
std::span<const web::Asset> files() {
  static const std::vector<web::Asset> found = [] {
    std::vector<web::Asset> of_pages;
    for (const web::Asset& asset : web::assets()) {
      if (asset.path.starts_with("/docs/") || asset.path.starts_with("/redoc/")) of_pages.push_back(asset);
    }
    return of_pages;
  }();
  return found;
}

}  // namespace

std::vector<http::Route> document_page_routes() {
  const struct {
    const char* path;
    const char* summary;
  } rows[] = {{"/docs", "All routes as a page, to try out"},
              {"/docs/{file}", "A file of the page"},
              {"/redoc", "All routes as a page, to read"},
              {"/redoc/{file}", "A file of the page"}};
  std::vector<http::Route> routes;
  for (const auto& row : rows) {
    http::DirectHandler handler = [](http::Exchange& exchange) {
      return tester::answer_with_file(files(), exchange);
    };
    routes.push_back({.method = http::Method::get,
                      .path = row.path,
                      .permission = Permission::none,
                      .summary = row.summary,
                      .handler = std::move(handler),
                      .rate = http::RateRule::none});
  }
  return routes;
}

}  // namespace papi::app
