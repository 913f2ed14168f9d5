#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "platform/metrics/thread_slot.hpp"

namespace papi::metrics {

/// A fixed number of 64-bit sums. Each thread adds to a copy of its own, so recording takes no lock and
/// writes to no cache line that another thread writes to; the reader adds the copies up. A copy is made when
/// a thread adds for the first time. Any thread may call every member.
class Cells {
 public:
  explicit Cells(std::size_t count) : count_(count) {}
  ~Cells();
  Cells(const Cells&) = delete;
  Cells& operator=(const Cells&) = delete;

  /// `cell` must be less than size(). Sums are modulo 2^64, so adding the negative of `n` takes `n` away.
  void add(std::size_t cell, std::uint64_t n = 1) noexcept {
    copy_of_thread()[cell].fetch_add(n, std::memory_order_relaxed);
  }
  std::uint64_t sum(std::size_t cell) const noexcept;
  /// Adds the sum of each cell to the element of `sums` at its place. `sums` must have size() elements.
  /// Numbers that other threads add meanwhile may be in it or not.
  void add_to(std::span<std::uint64_t> sums) const noexcept;
  std::size_t size() const noexcept { return count_; }
  /// Returns the memory of all copies.
  std::size_t bytes() const noexcept;

 private:
  using Cell = std::atomic<std::uint64_t>;
  static constexpr std::size_t line_size = 64;
  struct Free {
    void operator()(Cell* cells) const noexcept;
  };
  std::size_t copy_bytes() const noexcept;
  Cell* copy_of_thread() noexcept {
    const std::size_t slot = thread_slot();
    Cell* copy = copies_[slot].load(std::memory_order_acquire);
    return copy ? copy : make_copy(slot);
  }
  Cell* make_copy(std::size_t slot) noexcept;

  const std::size_t count_;
  std::array<std::atomic<Cell*>, thread_slots> copies_{};
};

}  // namespace papi::metrics
