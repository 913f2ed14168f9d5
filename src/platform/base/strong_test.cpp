#include "platform/base/strong.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <type_traits>
#include <unordered_set>

namespace papi {
namespace {

using Width = Strong<struct WidthTag, std::int64_t>;
using Height = Strong<struct HeightTag, std::int64_t>;

template <class A, class B>
concept Comparable = requires(A a, B b) { a == b; };
template <class A, class B>
concept Ordered = requires(A a, B b) { a < b; };
template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };

static_assert(std::is_constructible_v<Width, std::int64_t>);
static_assert(!std::is_convertible_v<std::int64_t, Width>);
static_assert(!std::is_convertible_v<Width, std::int64_t>);
static_assert(!std::is_constructible_v<std::int64_t, Width>);
static_assert(!std::is_assignable_v<Width&, std::int64_t>);

static_assert(!std::is_constructible_v<Width, Height>);
static_assert(!std::is_convertible_v<Width, Height>);
static_assert(!std::is_assignable_v<Width&, Height>);

static_assert(Comparable<Width, Width> && !Comparable<Width, Height> && !Comparable<Width, std::int64_t>);
static_assert(Ordered<Width, Width> && !Ordered<Width, Height> && !Ordered<Width, std::int64_t>);
static_assert(!Addable<Width, Width> && !Addable<Width, std::int64_t>);

static_assert(sizeof(Width) == sizeof(std::int64_t));
static_assert(std::is_trivially_copyable_v<Width>);
static_assert(Width().value() == 0);

TEST(Strong, KeepsItsValue) {
  EXPECT_EQ(Width(7).value(), 7);
  EXPECT_EQ(Width().value(), 0);
  EXPECT_TRUE(Width(7) == Width(7));
  EXPECT_TRUE(Width(7) != Width(8));
}

TEST(Strong, IsOrderedByItsValue) {
  EXPECT_TRUE(Width(-1) < Width(2));
  EXPECT_FALSE(Width(2) < Width(2));
  const std::set<Width> widths{Width(3), Width(-4), Width(3)};
  EXPECT_EQ(widths.size(), 2u);
  EXPECT_EQ(widths.begin()->value(), -4);
}

TEST(Strong, CanBeTheKeyOfAHashTable) {
  const std::unordered_set<Width> widths{Width(3), Width(5), Width(3)};
  EXPECT_EQ(widths.size(), 2u);
  EXPECT_TRUE(widths.contains(Width(5)));
  EXPECT_FALSE(widths.contains(Width(4)));
}

}  // namespace
}  // namespace papi
