#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "platform/base/error.hpp"
#include "platform/base/task.hpp"
#include "profiles/image.hpp"
#include "profiles/username.hpp"

namespace papi::profiles {

/// What a source knows about a person. If `image` and `trouble` are empty, the source is sure that there is
/// no picture: the person does not exist or has set none.
struct FetchedProfile {
  std::string nickname;  // may be empty
  std::optional<Image> image;
  std::optional<Error> trouble;  // the picture exists but could not be fetched; codes as for fetch()
};

/// A source that is asked over the network. An Error means that the source failed. `blocked` means that it
/// refuses us. Two codes say nothing about the source: `unavailable` (it was not asked) and `not_found` (this
/// person's picture exists but could not be fetched).
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  /// Returns within `budget`.
  virtual Task<Result<FetchedProfile>> fetch(Executor executor, Username username,
                                             std::chrono::milliseconds budget) = 0;
};

}  // namespace papi::profiles
