#include "platform/base/queue_meter.hpp"

#include <gtest/gtest.h>

namespace papi {

TEST(QueueMeter, takes_up_to_its_bytes_and_not_one_more) {
  QueueMeter queue(QueueBound{100, 0});
  EXPECT_TRUE(queue.fits(1'000)) << "alone";
  queue.add(60);
  EXPECT_TRUE(queue.fits(40));
  EXPECT_FALSE(queue.fits(41));
  EXPECT_FALSE(queue.half_free());
  queue.add(40);
  EXPECT_FALSE(queue.fits(1));
  queue.remove(60);
  EXPECT_TRUE(queue.half_free());
  queue.add(10);
  EXPECT_TRUE(queue.half_free()) << "50 of 100";
  queue.add(1);
  EXPECT_FALSE(queue.half_free());
  queue.clear();
  EXPECT_TRUE(queue.fits(100) && queue.half_free());
}

TEST(QueueMeter, takes_up_to_its_items_where_they_are_bounded) {
  QueueMeter queue(QueueBound{1'000, 4});
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(queue.fits(1)) << i;
    EXPECT_EQ(queue.half_free(), i <= 2) << i;
    queue.add(1);
  }
  EXPECT_FALSE(queue.fits(1));
  queue.remove(1);
  EXPECT_TRUE(queue.fits(1));
}

}  // namespace papi
