#include "events/ids.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace papi::events {

// None can be given in the place of another.
static_assert(!std::is_convertible_v<RoomId, UserId> && !std::is_constructible_v<RoomId, UserId>);
static_assert(!std::is_convertible_v<UserId, Offset> && !std::is_constructible_v<UserId, Offset>);
static_assert(!std::is_convertible_v<Offset, SessionKey> && !std::is_constructible_v<Offset, SessionKey>);

TEST(Offsets, are_counted_on_and_back_and_between) {
  EXPECT_EQ(next_offset(Offset()), Offset(1));
  EXPECT_EQ(next_offset(Offset(41)), Offset(42));
  EXPECT_EQ(previous_offset(Offset(42)), Offset(41));
  EXPECT_EQ(previous_offset(Offset(1)), Offset());
  EXPECT_EQ(distance(Offset(40), Offset(42)), 2u);
  EXPECT_EQ(distance(Offset(), max_offset), 9'223'372'036'854'775'807u);
}

}  // namespace papi::events
