#include "profiles/username.hpp"

#include <gtest/gtest.h>

namespace papi::profiles {

TEST(Username, is_2_to_24_letters_digits_underscores_dots_and_hyphens) {
  EXPECT_EQ(Username::parse("@Test-User")->text(), "test-user");
  EXPECT_EQ(Username::parse("a_.-9")->text(), "a_.-9");
  EXPECT_TRUE(Username::parse("ab"));
  EXPECT_TRUE(Username::parse(std::string(24, 'a')));
  for (const std::string& text : {std::string("a"), std::string(25, 'a'), std::string("a b"),
                                  std::string("a+b"), std::string("a/b"), std::string("añb"), std::string()})
    EXPECT_FALSE(Username::parse(text)) << text;
}

}  // namespace papi::profiles
