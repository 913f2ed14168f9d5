#pragma once

#include <atomic>
#include <cstddef>

namespace papi::http {

/// Bounds the bytes of request bodies that all connections hold together. Callers without credentials get at
/// most half of the budget, so that they cannot lock out callers with credentials. Any thread may use it.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}

  /// The part of the budget that one connection holds. Lives on the connection's thread.
  class Share {
   public:
    explicit Share(BodyBudget& budget) : budget_(budget) {}
    ~Share() { release(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Grows the share to `bytes`. Returns false, and changes nothing, if that would exceed the budget.
    bool grow_to(std::size_t bytes, bool known_caller) {
      const std::size_t more = bytes - held_;
      if (bytes <= held_) return true;
      const std::size_t before = budget_.held_.fetch_add(more);
      const std::size_t unknown_before = known_caller ? 0 : budget_.unknown_held_.fetch_add(more);
      const bool fits =
          before + more <= budget_.limit_ && (known_caller || unknown_before + more <= budget_.limit_ / 2);
      if (!fits) {
        budget_.held_ -= more;
        if (!known_caller) budget_.unknown_held_ -= more;
        return false;
      }
      held_ = bytes;
      known_ = known_caller;
      return true;
    }
    void release() {
      budget_.held_ -= held_;
      if (!known_) budget_.unknown_held_ -= held_;
      held_ = 0;
    }

   private:
    BodyBudget& budget_;
    std::size_t held_ = 0;
    bool known_ = false;  // the same during one body
  };

  std::size_t held() const { return held_.load(); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> held_{0};
  std::atomic<std::size_t> unknown_held_{0};
};

}  // namespace papi::http
