#pragma once

#include <algorithm>
#include <chrono>

#include "platform/base/random.hpp"

namespace papi::postgres {

/// How long to wait before the next try. The limit is 50 ms, doubled each time up to 1 s. The wait is a
/// random time between half of the limit and the limit, so that many clients do not come back at the same
/// moment. Pure.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds first{50};
  static constexpr std::chrono::milliseconds longest{1'000};

  std::chrono::milliseconds next(Random& random) {
    const auto whole = next_;
    next_ = std::min(next_ * 2, longest);
    return std::chrono::milliseconds(random.between(whole.count() / 2, whole.count()));
  }
  void reset() { next_ = first; }

 private:
  std::chrono::milliseconds next_ = first;
};

}  // namespace papi::postgres
