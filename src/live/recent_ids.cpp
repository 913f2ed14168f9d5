#include "live/recent_ids.hpp"

#include <bit>

namespace papi::live {

std::size_t RecentIds::home_of(std::uint64_t id) const {
  constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15u;  // spreads ids that differ in few bits
  return static_cast<std::size_t>((id * multiplier) >> 32) & (slots_.size() - 1);
}

std::size_t RecentIds::find(std::uint64_t id) const {
  if (slots_.empty()) return none;
  for (std::size_t slot = home_of(id);; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot] == 0) return none;
    if (ring_[slots_[slot] - 1] == id) return slot;
  }
}

void RecentIds::insert_slot(std::uint64_t id, std::size_t place) {
  std::size_t slot = home_of(id);
  while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
  slots_[slot] = static_cast<std::uint16_t>(place + 1);
  ++size_;
}

/// Removes the slot and moves later slots into the gap, so that no probe sequence is cut.
void RecentIds::erase_slot(std::size_t slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = slot;
  for (std::size_t next = (hole + 1) & mask; slots_[next] != 0; next = (next + 1) & mask) {
    const std::size_t home = home_of(ring_[slots_[next] - 1]);
    if (((next - home) & mask) < ((next - hole) & mask)) continue;  // it must not move before its home
    slots_[hole] = slots_[next];
    hole = next;
  }
  slots_[hole] = 0;
  --size_;
}

void RecentIds::drop_oldest() {
  const std::size_t slot = find(ring_[head_]);
  // If an id was erased and added again, its slot points to the newer place.
  if (slot != none && slots_[slot] == head_ + 1) erase_slot(slot);
  head_ = (head_ + 1) % ring_.size();
  --used_;
}

/// Ensures a free place in the ring and a free slot in the table.
void RecentIds::make_room() {
  if (used_ < ring_.size()) return;
  if (ring_.size() == capacity_) return drop_oldest();
  const std::size_t places = std::min(capacity_, std::max<std::size_t>(16, ring_.size() * 2));
  std::vector<std::uint64_t> grown;
  grown.reserve(places);
  std::vector<bool> present;
  present.reserve(used_);
  for (std::size_t i = 0; i < used_; ++i) {
    const std::size_t place = (head_ + i) % ring_.size();
    const std::size_t slot = find(ring_[place]);
    present.push_back(slot != none && slots_[slot] == place + 1);
    grown.push_back(ring_[place]);
  }
  grown.resize(places);
  ring_ = std::move(grown);
  head_ = 0;
  slots_ = std::vector<std::uint16_t>(std::bit_ceil(places + places / 3 + 1), 0);
  size_ = 0;
  for (std::size_t i = 0; i < used_; ++i) {
    if (present[i]) insert_slot(ring_[i], i);
  }
}

bool RecentIds::remember(std::uint64_t id) {
  if (contains(id)) return false;
  make_room();
  const std::size_t place = (head_ + used_) % ring_.size();
  ring_[place] = id;
  ++used_;
  insert_slot(id, place);
  return true;
}

bool RecentIds::remember_older(std::uint64_t id) {
  if (used_ >= capacity_ || contains(id)) return false;
  make_room();
  head_ = (head_ + ring_.size() - 1) % ring_.size();
  ring_[head_] = id;
  ++used_;
  insert_slot(id, head_);
  return true;
}

void RecentIds::erase(std::uint64_t id) {
  const std::size_t slot = find(id);
  if (slot == none) return;
  const std::size_t place = slots_[slot] - std::size_t{1};
  const bool newest = place == (head_ + used_ - 1) % ring_.size();
  erase_slot(slot);
  if (newest) --used_;
}

}  // namespace papi::live
