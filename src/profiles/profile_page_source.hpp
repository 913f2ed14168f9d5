#pragma once

#include "profiles/circuit_breaker.hpp"
#include "profiles/picture_fetcher.hpp"
#include "profiles/picture_source.hpp"

namespace papi::profiles {

/// Asks TikTok's public profile page, as one browser and within a budget per minute. If a page blocks us,
/// that is reported. The block is never bypassed.
class ProfilePageSource final : public PictureSource {
 public:
  struct Options {
    std::string origin;                // https://www.tiktok.com
    std::vector<std::string> headers;  // of the browser that this service claims to be
    bool loopback = false;             // the origin is a loopback address on purpose
    std::int64_t per_minute = 30;
  };
  ProfilePageSource(HttpClient& http, PictureFetcher& pictures, Options options, Logger& log,
                    const Clock& clock)
      : http_(http),
        pictures_(pictures),
        options_(std::move(options)),
        log_(log),
        clock_(clock),
        requests_(options_.per_minute, clock) {}

  Task<Result<FetchedProfile>> fetch(Executor executor, Username username,
                                     std::chrono::milliseconds budget) override;

 private:
  HttpClient& http_;
  PictureFetcher& pictures_;
  const Options options_;
  Logger& log_;
  const Clock& clock_;
  RequestBudget requests_;
};

}  // namespace papi::profiles
