#pragma once

#include "platform/log/logger.hpp"
#include "platform/net/http_client.hpp"
#include "profiles/image.hpp"
#include "profiles/picture_hosts.hpp"

namespace papi::profiles {

/// Fetches one picture, safely: allowed hosts only, each redirect judged like the first address, the type by
/// the bytes. What was refused is in the log with its reason. `http` must be public_only.
class PictureFetcher {
 public:
  /// `headers` are the browser's that we are.
  PictureFetcher(HttpClient& http, PictureHosts hosts, ImageLimits limits, std::vector<std::string> headers,
                 Logger& log, const Clock& clock)
      : http_(http),
        hosts_(std::move(hosts)),
        limits_(limits),
        headers_(std::move(headers)),
        log_(log),
        clock_(clock) {}

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

/// `url` up to its query, which may hold a signature.
std::string without_query(std::string_view url);

}  // namespace papi::profiles
