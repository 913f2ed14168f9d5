#include "tester/page_files.hpp"

#include <gtest/gtest.h>

#include "platform/base/sha256.hpp"
#include "tester/policies.hpp"

namespace papi::tester {
namespace {

using papi::http::Exchange;
using papi::http::Method;
using papi::http::Request;
using papi::web::Asset;
using papi::web::Page;

// Sorted by path.
const Asset files[] = {
    {"/assets/app-1A.js", "text/javascript; charset=utf-8", true, Page::none, "h1", "plain", "gz", "b"},
    {"/docs/index.html", "text/html; charset=utf-8", false, Page::docs, "h2", "docs", "", ""},
    {"/docs/init.js", "text/javascript; charset=utf-8", false, Page::none, "h3", "init", "", ""},
    {"/icons.svg", "image/svg+xml", false, Page::none, "h4", "svg", "", ""},
    {"/index.html", "text/html; charset=utf-8", false, Page::page, "h5", "index", "gz", ""},
    {"/overlay-sw.js", "text/javascript; charset=utf-8", false, Page::none, "h6", "worker", "", ""},
    {"/overlay.html", "text/html; charset=utf-8", false, Page::overlay, "h7", "overlay", "", ""},
};

std::string file_at(std::string_view path) {
  const Asset* file = papi::tester::file_for(files, path);
  return file ? std::string(file->path) : "";
}

papi::Result<papi::http::Response> answer(Method method, std::string_view path,
                                          std::vector<papi::http::Header> headers = {}) {
  papi::net::io_context context;
  Request request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  Exchange exchange(request, context.get_executor());
  return papi::tester::answer_with_file(files, exchange);
}

std::string header(const papi::http::Response& response, std::string_view name) {
  std::string all;
  for (const auto& [key, value] : response.headers) {
    if (key == name) all += value + "|";
  }
  return all;
}

}  // namespace

TEST(PageFiles, views_are_one_page_and_files_are_themselves) {
  const std::pair<const char*, const char*> rows[] = {
      {"/", "/index.html"},
      {"/index.html", "/index.html"},
      {"/live/show", "/index.html"},
      {"/people/a.b", "/index.html"},
      {"/health", "/index.html"},
      {"/assets/app-1A.js", "/assets/app-1A.js"},
      {"/icons.svg", "/icons.svg"},
      {"/overlay-sw.js", "/overlay-sw.js"},
      {"/overlay/show/chat", "/overlay.html"},
      {"/overlay/", "/overlay.html"},
      {"/docs", "/docs/index.html"},
      {"/docs/", "/docs/index.html"},
      {"/docs/init.js", "/docs/init.js"},
      {"/assets/app-2B.js", ""},
      {"/assets", ""},
      {"/docs/x", ""},
      {"/redoc", ""},
      {"/overlay", ""},
      {"/favicon.ico", ""},
      {"/robots.txt", ""},
      {"*", ""},
      {"", ""},
  };
  for (const auto& [path, file] : rows) EXPECT_EQ(file_at(path), file) << path;
}

TEST(PageFiles, the_best_form_that_the_client_takes) {
  const std::pair<const char*, Encoding> rows[] = {
      {"", Encoding::plain},
      {"identity", Encoding::plain},
      {"gzip, deflate, br, zstd", Encoding::brotli},
      {"gzip", Encoding::gzip},
      {"GZIP;q=0.5", Encoding::gzip},
      {"br;q=0, gzip", Encoding::gzip},
      {"br;q=0.2, gzip;q=0.8", Encoding::gzip},
      {"br;q=0, gzip;q=0", Encoding::plain},
      {"deflate", Encoding::plain},
  };
  for (const auto& [accept, encoding] : rows)
    EXPECT_EQ(papi::tester::choose_encoding(files[0], accept), encoding) << accept;
  EXPECT_EQ(papi::tester::choose_encoding(files[4], "gzip, br"), Encoding::gzip) << "without brotli";
  EXPECT_EQ(papi::tester::choose_encoding(files[6], "gzip, br"), Encoding::plain) << "without either";
}

TEST(PageFiles, the_list_of_if_none_match) {
  using papi::tester::lists_tag;
  for (const char* list : {"\"a\"", "W/\"a\"", "\"b\", \"a\"", "*", " \"b\" ,W/\"a\" "})
    EXPECT_TRUE(lists_tag(list, "\"a\"")) << list;
  for (const char* list : {"", "a", "\"b\"", "\"a-gzip\"", "w/\"a\""})
    EXPECT_FALSE(lists_tag(list, "\"a\"")) << list;
}

TEST(PageFiles, a_file_with_its_headers) {
  const auto script = answer(Method::get, "/assets/app-1A.js", {{"Accept-Encoding", "gzip, br"}});
  ASSERT_TRUE(script);
  EXPECT_EQ(script->status, 200u);
  EXPECT_EQ(script->content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(script->body, "b");
  EXPECT_EQ(header(*script, "Content-Encoding"), "br|");
  EXPECT_EQ(header(*script, "ETag"), "\"h1-br\"|");
  EXPECT_EQ(header(*script, "Cache-Control"), "public, max-age=31536000, immutable|");
  EXPECT_EQ(header(*script, "Vary"), "Accept-Encoding|");
  EXPECT_EQ(header(*script, "Content-Security-Policy"), "");
  const auto page = answer(Method::get, "/live/x");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "index");
  EXPECT_EQ(header(*page, "Content-Encoding"), "");
  EXPECT_EQ(header(*page, "ETag"), "\"h5\"|");
  EXPECT_EQ(header(*page, "Cache-Control"), "no-cache|");
  EXPECT_EQ(header(*page, "X-Frame-Options"), "DENY|");
  const auto overlay = answer(Method::head, "/overlay/show/chat");
  ASSERT_TRUE(overlay);
  EXPECT_EQ(header(*overlay, "X-Frame-Options"), "SAMEORIGIN|");
  EXPECT_EQ(header(*answer(Method::get, "/overlay-sw.js"), "Service-Worker-Allowed"), "/overlay/|");
  EXPECT_EQ(header(*page, "Service-Worker-Allowed"), "");
}

TEST(PageFiles, what_the_client_has_is_not_sent_again) {
  const auto same = answer(Method::get, "/", {{"If-None-Match", "\"h5-gzip\""}, {"Accept-Encoding", "gzip"}});
  ASSERT_TRUE(same);
  EXPECT_EQ(same->status, 304u);
  EXPECT_EQ(same->body, "");
  EXPECT_EQ(header(*same, "ETag"), "\"h5-gzip\"|");
  EXPECT_EQ(header(*same, "Content-Encoding"), "");
  EXPECT_NE(header(*same, "Content-Security-Policy"), "");
  EXPECT_EQ(answer(Method::get, "/", {{"If-None-Match", "\"h5-gzip\""}})->status, 200u) << "another form";
}

TEST(PageFiles, other_methods_and_other_paths_are_refused) {
  const auto post = answer(Method::post, "/");
  ASSERT_FALSE(post);
  EXPECT_EQ(post.error().code, papi::ErrorCode::method_not_allowed);
  EXPECT_EQ(post.error().details().allow, "GET, HEAD");
  const auto missing = answer(Method::get, "/assets/x.js");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, papi::ErrorCode::not_found);
}

TEST(PageFiles, each_kind_of_document_has_its_policy) {
  using papi::tester::content_security_policy;
  EXPECT_EQ(content_security_policy(Page::none), "");
  EXPECT_EQ(
      content_security_policy(Page::page),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src "
      "'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action "
      "'none'; "
      "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'");
  EXPECT_EQ(
      content_security_policy(Page::overlay),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src "
      "'self'; frame-src 'none'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action "
      "'none'; "
      "frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types sw");
  EXPECT_EQ(
      content_security_policy(Page::docs),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  EXPECT_EQ(
      content_security_policy(Page::redoc),
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
      "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

TEST(PageFiles, the_fixed_headers_are_those_of_every_page) {
  const std::string all = papi::tester::fixed_headers().all;
  EXPECT_TRUE(
      all.starts_with("X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
                      "Cross-Origin-Opener-Policy: same-origin\r\n"
                      "Cross-Origin-Resource-Policy: same-origin\r\n"
                      "Permissions-Policy: clipboard-write=(self), accelerometer=()"))
      << all;
  EXPECT_TRUE(all.ends_with("xr-spatial-tracking=()\r\n")) << all;
}

}  // namespace papi::tester
