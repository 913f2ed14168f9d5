#pragma once

#include <vector>

#include "profiles/picture_fetcher.hpp"
#include "profiles/picture_source.hpp"

namespace papi::profiles {

/// Addresses of services that make a picture from a name, with `{username}` where it goes.
class GeneratorUrls {
 public:
  /// Comma-separated. The Error says what is wrong with which.
  static Result<GeneratorUrls> parse(std::string_view list);
  bool empty() const { return urls_.empty(); }
  std::vector<std::string> of(const Username& username) const;
  /// The hosts of all of them, and no other.
  const PictureHosts& hosts() const { return hosts_; }

 private:
  std::vector<std::string> urls_;
  PictureHosts hosts_;
};

/// Asks such services in their order until one gives a picture.
class RemoteGenerator final : public PictureSource {
 public:
  /// `pictures` may fetch from urls.hosts().
  RemoteGenerator(PictureFetcher& pictures, GeneratorUrls urls, const Clock& clock)
      : pictures_(pictures), urls_(std::move(urls)), clock_(clock) {}

  Task<Result<Portrait>> fetch(Executor executor, Username username,
                               std::chrono::milliseconds budget) override;

 private:
  PictureFetcher& pictures_;
  const GeneratorUrls urls_;
  const Clock& clock_;
};

}  // namespace papi::profiles
