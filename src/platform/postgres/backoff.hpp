#pragma once

#include <algorithm>
#include <chrono>

#include "platform/base/random.hpp"

namespace papi::postgres {

/// How long to wait before the next try: 50 ms, doubled each time up to 1 s, of which a random part between
/// half and all is taken, so that many clients do not come back in step. Pure.
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
