#pragma once

#include "platform/log/logger.hpp"
#include "platform/net/http_client.hpp"
#include "profiles/image.hpp"
#include "profiles/picture_hosts.hpp"

namespace papi::profiles {

/// Fetches one picture safely. Only allowed hosts are asked, each redirect is checked like the first URL, and
/// the type is read from the bytes. If a picture is refused, the application log gets the reason. `http` must
/// be public_only.
class PictureFetcher {
 public:
  /// `headers` are those of the browser that this service claims to be.
  PictureFetcher(HttpClient& http, PictureHosts hosts, ImageLimits limits, std::vector<std::string> headers,
                 Logger& log, const Clock& clock)
      : http_(http),
        hosts_(std::move(hosts)),
        limits_(limits),
        headers_(std::move(headers)),
        log_(log),
        clock_(clock) {}

  /// Fetches the picture within `budget`. Errors: blocked (the URL is not allowed), upstream_timeout,
  /// upstream_error (no answer, a bad status or a bad picture), not_found (a redirect to TikTok's default
  /// picture).
  Task<Result<Image>> fetch(Executor executor, std::string url, std::chrono::milliseconds budget);

 private:
  Task<Result<Image>> follow(Executor executor, std::string url, std::chrono::milliseconds budget);

  HttpClient& http_;
  const PictureHosts hosts_;
  const ImageLimits limits_;
  const std::vector<std::string> headers_;
  Logger& log_;
  const Clock& clock_;
};

/// Returns `url` without its query, which may contain a signature.
std::string without_query(std::string_view url);

}  // namespace papi::profiles
