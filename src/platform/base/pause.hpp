#pragma once

#include <chrono>
#include <functional>

namespace papi {

/// Waits for the given time. Returns false if the program was asked to stop meanwhile.
using Pause = std::function<bool(std::chrono::milliseconds)>;

}  // namespace papi
