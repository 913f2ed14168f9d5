#pragma once

#include <vector>

#include "profiles/picture_fetcher.hpp"
#include "profiles/picture_source.hpp"

namespace papi::profiles {

/// URLs of services that make a picture from a name. `{username}` marks the place of the name.
class GeneratorUrls {
 public:
  /// Parses a comma-separated list. The Error names the bad entry.
  static Result<GeneratorUrls> parse(std::string_view list);
  bool empty() const { return urls_.empty(); }
  std::vector<std::string> of(const Username& username) const;
  /// The hosts of these URLs and no others.
  const PictureHosts& hosts() const { return hosts_; }

 private:
  std::vector<std::string> urls_;
  PictureHosts hosts_;
};

/// Asks the services in order until one returns a picture.
class RemoteGenerator final : public PictureSource {
 public:
  /// `pictures` must allow the hosts of urls.hosts().
  RemoteGenerator(PictureFetcher& pictures, GeneratorUrls urls, const Clock& clock)
      : pictures_(pictures), urls_(std::move(urls)), clock_(clock) {}

  Task<Result<FetchedProfile>> fetch(Executor executor, Username username,
                                     std::chrono::milliseconds budget) override;

 private:
  PictureFetcher& pictures_;
  const GeneratorUrls urls_;
  const Clock& clock_;
};

}  // namespace papi::profiles
