#pragma once

#include "profiles/circuit_breaker.hpp"
#include "profiles/picture_fetcher.hpp"
#include "profiles/picture_source.hpp"

namespace papi::profiles {

/// The public profile page of TikTok, asked politely: as one browser, within a budget a minute. A page that
/// blocks us is reported as that and never got round.
class ProfilePageSource final : public PictureSource {
 public:
  struct Options {
    std::string origin;                // https://www.tiktok.com
    std::vector<std::string> headers;  // of the browser that we are
    bool loopback = false;             // the origin is one, on purpose
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

  Task<Result<Portrait>> fetch(Executor executor, Username username,
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
