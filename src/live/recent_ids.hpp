#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace papi::live {

/// A set of the newest `capacity` message ids, used to drop repeated messages (Webcast protocol §5.1).
/// If the set is full, the oldest id makes room for a new one. Memory grows with the number of ids:
/// about 12 bytes an id, nothing while the set is empty. One thread.
class RecentIds {
 public:
  static constexpr std::size_t max_capacity = 65'534;  // places are kept in two bytes

  explicit RecentIds(std::size_t capacity) : capacity_(std::min(capacity, max_capacity)) {}

  /// Adds the id as the newest one. Returns false if it is already in the set.
  bool remember(std::uint64_t id);
  /// Adds the id as the oldest one. Returns false, and adds nothing, if the set is full or has the id.
  bool remember_older(std::uint64_t id);
  /// Removes the id: its event could not be stored and comes again.
  void forget(std::uint64_t id);
  bool contains(std::uint64_t id) const { return find(id) != none; }
  std::size_t capacity() const { return capacity_; }
  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const {
    return ring_.capacity() * sizeof(ring_[0]) + slots_.capacity() * sizeof(slots_[0]);
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  std::size_t home_of(std::uint64_t id) const;
  std::size_t find(std::uint64_t id) const;  // the slot, or none
  void insert_slot(std::uint64_t id, std::size_t place);
  void erase_slot(std::size_t slot);
  void drop_oldest();
  void make_room();

  // The ids in order of age: a ring that begins at head_ and has used_ places. A forgotten id gives its place
  // back if it is the newest. Otherwise it keeps the place until its turn comes, but has no slot.
  const std::size_t capacity_;
  std::vector<std::uint64_t> ring_;
  std::size_t head_ = 0;
  std::size_t used_ = 0;
  // Open addressing with linear probing: a slot holds a place in ring_ plus 1, or 0. The table is at most
  // three quarters full, and its size is a power of two.
  std::vector<std::uint16_t> slots_;
  std::size_t size_ = 0;
};

}  // namespace papi::live
