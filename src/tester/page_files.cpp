#include "tester/page_files.hpp"

#include "platform/base/enum_count.hpp"
#include "platform/base/text.hpp"
#include "platform/http/accept.hpp"
#include "tester/policies.hpp"

namespace papi::tester {
namespace {

using http::Method;

constexpr std::string_view index_page = "/index.html";
constexpr std::string_view overlay_page = "/overlay.html";
constexpr std::string_view overlay_worker = "/overlay-sw.js";

/// Folders of files. A path in them that has no file is an error, and no view of the page.
constexpr std::string_view file_folders[] = {"assets", "docs", "redoc", "overlay"};

std::string_view first_segment(std::string_view path) {
  path.remove_prefix(path.starts_with('/') ? 1 : 0);
  return path.substr(0, path.find('/'));
}

bool is_view(std::string_view path) {
  const std::string_view first = first_segment(path);
  for (const std::string_view folder : file_folders) {
    if (first == folder) return false;
  }
  // `/favicon.ico` is a file that is not there; `/people/a.b` is a view.
  return path.substr(1) != first || first.find('.') == std::string_view::npos;
}

const web::Asset* document(std::span<const web::Asset> all, std::string path) {
  if (path.ends_with('/')) path.pop_back();
  return web::find(all, path + std::string(index_page));
}

struct Form {
  std::string_view coding;  // of Content-Encoding
  std::string_view suffix;  // of the entity tag
};
constexpr Form forms[] = {{"", ""}, {"gzip", "-gzip"}, {"br", "-br"}};
static_assert(std::size(forms) == enum_count<Encoding>());

std::string_view bytes_of(const web::Asset& asset, Encoding encoding) {
  if (encoding == Encoding::brotli) return asset.brotli;
  return encoding == Encoding::gzip ? asset.gzip : asset.plain;
}

}  // namespace

Encoding choose_encoding(const web::Asset& asset, std::string_view accept_encoding) {
  if (trim(accept_encoding).empty()) return Encoding::plain;
  const int brotli = asset.brotli.empty() ? 0 : http::quality_of(accept_encoding, "br");
  const int gzip = asset.gzip.empty() ? 0 : http::quality_of(accept_encoding, "gzip");
  if (brotli > 0 && brotli >= gzip) return Encoding::brotli;
  return gzip > 0 ? Encoding::gzip : Encoding::plain;
}

bool lists_tag(std::string_view list, std::string_view tag) {
  for (std::string_view item : split(list, ',')) {
    item = trim(item);
    if (item == "*") return true;
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag) return true;
  }
  return false;
}

const web::Asset* file_for(std::span<const web::Asset> all, std::string_view path) {
  if (!path.starts_with('/')) return nullptr;
  if (const web::Asset* file = web::find(all, path)) return file;
  if (path.starts_with("/overlay/")) return web::find(all, overlay_page);
  if (const web::Asset* file = document(all, std::string(path))) return file;
  return is_view(path) ? web::find(all, index_page) : nullptr;
}

Result<http::Response> answer_with_file(std::span<const web::Asset> all, http::Exchange& exchange) {
  const http::Request& request = exchange.request;
  if (request.method != Method::get && request.method != Method::head) {
    Error error(ErrorCode::method_not_allowed, "Method Not Allowed");
    error.edit().allow = "GET, HEAD";
    return error;
  }
  const web::Asset* file = file_for(all, request.path);
  if (!file) return Error(ErrorCode::not_found, "Not Found");
  const Encoding encoding = choose_encoding(*file, request.header_list("accept-encoding"));
  const Form& form = forms[static_cast<std::size_t>(encoding)];
  const std::string tag = "\"" + std::string(file->hash) + std::string(form.suffix) + "\"";
  http::Response response;
  response.content_type = file->type;
  auto& headers = response.headers;
  headers.emplace_back("ETag", tag);
  headers.emplace_back("Cache-Control", file->immutable ? "public, max-age=31536000, immutable" : "no-cache");
  headers.emplace_back("Vary", "Accept-Encoding");
  if (const auto policy = content_security_policy(file->page); !policy.empty())
    headers.emplace_back("Content-Security-Policy", policy);
  headers.emplace_back("X-Frame-Options", frame_options(file->page));
  if (file->path == overlay_worker) headers.emplace_back("Service-Worker-Allowed", "/overlay/");
  if (lists_tag(request.header_list("if-none-match"), tag)) {
    response.status = 304;
    return response;
  }
  if (!form.coding.empty()) headers.emplace_back("Content-Encoding", form.coding);
  response.body = bytes_of(*file, encoding);
  return response;
}

}  // namespace papi::tester
