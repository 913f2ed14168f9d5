#pragma once

#include <cstddef>

namespace papi::metrics {

/// How many threads can have a slot of their own at a time. Further threads share the last slot.
inline constexpr std::size_t thread_slots = 64;

/// Returns the slot of the calling thread, less than thread_slots. A thread gets it with the first call and
/// keeps it until it ends; then another thread may get it.
std::size_t thread_slot() noexcept;

}  // namespace papi::metrics
