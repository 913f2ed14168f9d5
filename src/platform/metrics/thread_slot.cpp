#include "platform/metrics/thread_slot.hpp"

#include <atomic>
#include <bit>
#include <cstdint>

namespace papi::metrics {
namespace {

std::atomic<std::uint64_t> taken_slots{0};  // a bit for each slot
static_assert(thread_slots == 64);

/// Holds the slot of one thread until the thread ends.
class HeldSlot {
 public:
  HeldSlot() noexcept {
    std::uint64_t taken = taken_slots.load(std::memory_order_relaxed);
    do {
      slot_ = static_cast<std::size_t>(std::countr_one(taken));
      if (slot_ >= thread_slots - 1) {  // the last slot is shared, so nobody owns it
        slot_ = thread_slots - 1;
        owned_ = false;
        return;
      }
    } while (!taken_slots.compare_exchange_weak(taken, taken | std::uint64_t{1} << slot_,
                                                std::memory_order_acquire, std::memory_order_relaxed));
  }
  ~HeldSlot() {
    if (owned_) taken_slots.fetch_and(~(std::uint64_t{1} << slot_), std::memory_order_release);
  }
  HeldSlot(const HeldSlot&) = delete;
  HeldSlot& operator=(const HeldSlot&) = delete;
  std::size_t slot() const noexcept { return slot_; }

 private:
  std::size_t slot_ = 0;
  bool owned_ = true;
};

}  // namespace

std::size_t thread_slot() noexcept {
  thread_local const HeldSlot held;
  return held.slot();
}

}  // namespace papi::metrics
