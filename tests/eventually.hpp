#pragma once

#include <chrono>
#include <thread>

namespace papi::test {

/// Asks until `condition` is true, for what no event tells a test. Returns false if that takes longer than
/// `limit`.
template <class Condition>
bool eventually(const Condition& condition, std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace papi::test
