#pragma once

#include <cstddef>

namespace papi {

/// The bound of one queue.
struct QueueBound {
  std::size_t bytes = 4 * 1024 * 1024;
  std::size_t items = 0;  // 0: no limit
};

/// Counts the items and bytes of a queue against its bound. An item that is larger than the bound fits into
/// an empty queue, because otherwise it could never be sent. Not synchronised.
class QueueMeter {
 public:
  explicit QueueMeter(const QueueBound& bound) : bound_(bound) {}

  bool fits(std::size_t bytes) const {
    if (bound_.items > 0 && items_ >= bound_.items) return false;
    return items_ == 0 || bytes_ + bytes <= bound_.bytes;
  }
  /// Returns true if at least half of the bound is free.
  bool half_free() const {
    return bytes_ <= bound_.bytes / 2 && (bound_.items == 0 || items_ <= bound_.items / 2);
  }
  void add(std::size_t bytes) {
    ++items_;
    bytes_ += bytes;
  }
  void remove(std::size_t bytes) {
    --items_;
    bytes_ -= bytes;
  }
  void clear() { items_ = bytes_ = 0; }
  std::size_t items() const { return items_; }
  std::size_t bytes() const { return bytes_; }

 private:
  QueueBound bound_;
  std::size_t items_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace papi
