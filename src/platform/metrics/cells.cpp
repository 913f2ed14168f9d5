#include "platform/metrics/cells.hpp"

#include <new>

namespace papi::metrics {

void Cells::Free::operator()(Cell* cells) const noexcept {
  ::operator delete(cells, std::align_val_t(line_size));
}

std::size_t Cells::copy_bytes() const noexcept {
  return (count_ * sizeof(Cell) + line_size - 1) / line_size * line_size;
}

Cells::~Cells() {
  for (auto& copy : copies_) Free()(copy.load(std::memory_order_acquire));
}

/// Memory that runs out ends the program, as everywhere else.
Cells::Cell* Cells::make_copy(std::size_t slot) noexcept {
  const std::size_t cells = copy_bytes() / sizeof(Cell);
  std::unique_ptr<Cell, Free> made(
      static_cast<Cell*>(::operator new(copy_bytes(), std::align_val_t(line_size))));
  for (std::size_t i = 0; i < cells; ++i) new (made.get() + i) Cell(0);
  Cell* present = nullptr;
  // Threads beyond the number of slots share one, and may be here together.
  if (!copies_[slot].compare_exchange_strong(present, made.get(), std::memory_order_acq_rel)) return present;
  return made.release();
}

std::uint64_t Cells::sum(std::size_t cell) const noexcept {
  std::uint64_t sum = 0;
  for (const auto& copy : copies_) {
    if (const Cell* cells = copy.load(std::memory_order_acquire))
      sum += cells[cell].load(std::memory_order_relaxed);
  }
  return sum;
}

void Cells::add_to(std::span<std::uint64_t> sums) const noexcept {
  for (const auto& copy : copies_) {
    const Cell* cells = copy.load(std::memory_order_acquire);
    if (!cells) continue;
    for (std::size_t i = 0; i < count_; ++i) sums[i] += cells[i].load(std::memory_order_relaxed);
  }
}

std::size_t Cells::bytes() const noexcept {
  std::size_t copies = 0;
  for (const auto& copy : copies_) copies += copy.load(std::memory_order_acquire) != nullptr;
  return copies * copy_bytes();
}

}  // namespace papi::metrics
