#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace papi {

/// A value that is not mixed up with others of the same representation: two types with different tags do not
/// convert into each other, and `Value` converts only where that is written. There is no arithmetic. `Tag` is
/// never defined:
///
///   using Width = Strong<struct WidthTag, std::int64_t>;
template <class Tag, class Value>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Value value) : value_(value) {}

  constexpr Value value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

 private:
  Value value_{};
};

}  // namespace papi

template <class Tag, class Value>
struct std::hash<papi::Strong<Tag, Value>> {
  std::size_t operator()(papi::Strong<Tag, Value> strong) const noexcept {
    return std::hash<Value>()(strong.value());
  }
};
