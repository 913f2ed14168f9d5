#include "profiles/picture_fetcher.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "platform/base/sha256.hpp"
#include "platform/base/text.hpp"
#include "profiles/profile_page.hpp"

namespace papi::profiles {
namespace {

constexpr int max_redirects = 3;

/// Resolves a Location header against the URL of the request (RFC 9110 §10.2.2).
Result<std::string> resolved(const std::string& base, const std::string& location) {
  const auto from = boost::urls::parse_uri(base);
  const auto to = boost::urls::parse_uri_reference(location);
  boost::urls::url out;
  if (!from || !to || !boost::urls::resolve(*from, *to, out))
    return Error(ErrorCode::upstream_error, "a redirect without a valid Location");
  return std::string(out.buffer());
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::string without_query(std::string_view url) { return std::string(url.substr(0, url.find('?'))); }

Task<Result<Image>> PictureFetcher::follow(Executor executor, std::string url,
                                           std::chrono::milliseconds budget) {
  const auto deadline = clock_.steady() + budget;
  for (int hop = 0; hop <= max_redirects; ++hop) {
    CO_TRY(const PictureHosts::Verdict verdict, hosts_.check(url));
    HttpCall call;
    call.url = url;
    call.headers = headers_;
    call.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.steady());
    call.max_body = limits_.max_bytes;
    call.loopback_is_meant = verdict.loopback;
    if (call.timeout.count() <= 0) co_return Error(ErrorCode::upstream_timeout, "no answer in time");
    CO_TRY(HttpReply reply, co_await http_.fetch(executor, std::move(call)));
    if (is_redirect(reply.status)) {
      CO_TRY(url, resolved(url, reply.location()));
      if (is_default_picture(url)) co_return Error(ErrorCode::not_found, "the platform's default picture");
      continue;
    }
    if (reply.status != 200)
      co_return Error(ErrorCode::upstream_error, "status " + std::to_string(reply.status));
    Image image;
    CO_TRY(image.header, inspect_image(reply.body, limits_));
    image.bytes = std::move(reply.body);
    image.hash = sha256_hex(image.bytes);
    co_return image;
  }
  co_return Error(ErrorCode::upstream_error, "too many redirects");
}

Task<Result<Image>> PictureFetcher::fetch(Executor executor, std::string url,
                                          std::chrono::milliseconds budget) {
  const std::string shown = to_utf8(without_query(url).substr(0, 300));
  auto image = co_await follow(executor, std::move(url), budget);
  if (!image) log_.info("Picture refused", {{"url", shown}, {"reason", image.error().message}});
  co_return image;
}

}  // namespace papi::profiles
