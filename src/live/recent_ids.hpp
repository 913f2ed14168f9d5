#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace papi::live {

/// A set of the newest `capacity` message ids. It is used to drop repeated messages (docs/webcast-protocol.md
/// §5.1). If the set is full, a new id replaces the oldest one. Memory grows with the number of ids: about 12
/// bytes an id, and nothing while the set is empty. One thread.
class RecentIds {
 public:
  static constexpr std::size_t max_capacity = 65'534;  // a place must fit into two bytes

  explicit RecentIds(std::size_t capacity) : capacity_(std::min(capacity, max_capacity)) {}

  /// Adds the id as the newest one. Returns false if it is already in the set.
  bool remember(std::uint64_t id);
  /// Adds the id as the oldest one. If the set is full or already has the id, adds nothing and returns false.
  bool remember_older(std::uint64_t id);
  /// Removes the id, because its event could not be stored and will be sent again.
  void erase(std::uint64_t id);
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

  // The ids in order of age: a ring that begins at head_ and uses used_ places. If the newest id is erased,
  // its place is freed. If another id is erased, it loses its slot but keeps its place until it is the
  // oldest.
  const std::size_t capacity_;
  std::vector<std::uint64_t> ring_;
  std::size_t head_ = 0;
  std::size_t used_ = 0;
  // Hash table with open addressing and linear probing. A slot holds a place in ring_ plus 1, or 0 if it is
  // empty. The table is at most three quarters full, and its size is a power of two.
  std::vector<std::uint16_t> slots_;
  std::size_t size_ = 0;
};

}  // namespace papi::live
