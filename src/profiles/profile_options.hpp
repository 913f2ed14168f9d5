#pragma once

#include <array>
#include <chrono>
#include <cstdint>

#include "profiles/profile.hpp"

namespace papi::profiles {

struct SourceSettings {
  bool enabled = true;
  std::int64_t priority = 1;
  std::int64_t lifetime_ms = 0;
  std::chrono::milliseconds timeout{5000};
};

struct ProfileOptions {
  std::array<SourceSettings, source_count> sources;  // indexed by Source
  std::int64_t retry_ms = 300'000;                   // after a failure, with jitter
  std::int64_t negative_ms = 3'600'000;              // after "no such person" or "no picture"
  std::int64_t live_recheck_ms = 86'400'000;         // after this a live picture may have changed
  std::size_t max_refreshes = 1'000;                 // in the background, at the same time
  const SourceSettings& of(Source source) const { return sources[static_cast<std::size_t>(source)]; }
  /// Returns the source under which drawn pictures count.
  Source drawing() const {
    const SourceSettings& generator = of(Source::generator);
    const bool faces = generator.enabled && generator.priority >= of(Source::initials).priority;
    return faces ? Source::generator : Source::initials;
  }
};

}  // namespace papi::profiles
