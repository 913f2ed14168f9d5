#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "profiles/profile.hpp"

namespace papi::profiles {

struct SourceSettings {
  bool enabled = true;
  std::int64_t priority = 1;
  std::chrono::milliseconds lifetime{0};
  std::chrono::milliseconds timeout{5000};
};

struct ProfileOptions {
  std::array<SourceSettings, source_count> sources;        // indexed by Source
  std::chrono::milliseconds retry{300'000};                // after a failure, with jitter
  std::chrono::milliseconds negative_lifetime{3'600'000};  // after "no such person" or "no picture"
  std::chrono::milliseconds live_recheck{86'400'000};      // after this a live picture may have changed
  std::size_t max_refreshes = 1'000;                       // in the background, at the same time
  const SourceSettings& of(Source source) const { return sources[static_cast<std::size_t>(source)]; }
  /// Returns the source under which drawn pictures count.
  Source drawing() const {
    const SourceSettings& generator = of(Source::generator);
    const bool faces = generator.enabled && generator.priority >= of(Source::initials).priority;
    return faces ? Source::generator : Source::initials;
  }
};

}  // namespace papi::profiles
