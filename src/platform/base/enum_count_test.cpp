#include "platform/base/enum_count.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace papi {
namespace {

enum class Colour { red, green, blue };
enum class Small : std::uint8_t { one };
enum class Gap { first, third = 2 };
enum class None {};
struct Outer {
  enum class State { idle, busy };
};

static_assert(is_enumerator<Colour::blue>() && !is_enumerator<static_cast<Colour>(3)>());

TEST(EnumCount, counts_the_enumerators_from_0_to_the_first_gap) {
  EXPECT_EQ(enum_count<Colour>(), 3u);
  EXPECT_EQ(enum_count<Small>(), 1u);
  EXPECT_EQ(enum_count<Gap>(), 1u);
  EXPECT_EQ(enum_count<None>(), 0u);
  EXPECT_EQ(enum_count<Outer::State>(), 2u);
}

}  // namespace
}  // namespace papi
