#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "platform/base/error.hpp"
#include "platform/base/task.hpp"
#include "profiles/image.hpp"
#include "profiles/username.hpp"

namespace papi::profiles {

/// What a source says of a person. No picture: it is sure that there is none, as of nobody, or of somebody
/// who never set one.
struct Portrait {
  std::string nickname;  // may be empty
  std::optional<Image> image;
  std::optional<Error> trouble;  // there is a picture, but it could not be had: an Error as of fetch()
};

/// A source that must be asked over the network. An Error is a failure of the source, and `blocked` means
/// that it refuses us. Two say nothing of the source: `unavailable`, we did not ask; `not_found`, there is a
/// picture of this person but it could not be had.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  /// Ends within `budget`.
  virtual Task<Result<Portrait>> fetch(Executor executor, Username username,
                                       std::chrono::milliseconds budget) = 0;
};

}  // namespace papi::profiles
