#include "profiles/remote_generator.hpp"

#include <gtest/gtest.h>

namespace papi::profiles {
namespace {

TEST(GeneratorUrls, have_the_name_where_it_goes_and_their_own_hosts_only) {
  const auto urls = GeneratorUrls::parse(
      "https://a.example/x/{username}.png?seed={username}, http://127.0.0.1:99/{username}");
  ASSERT_TRUE(urls) << urls.error().message;
  EXPECT_EQ(
      urls->of(*Username::parse("Ann.1")),
      (std::vector<std::string>{"https://a.example/x/ann.1.png?seed=ann.1", "http://127.0.0.1:99/ann.1"}));
  EXPECT_TRUE(urls->hosts().check("https://a.example/y"));
  EXPECT_FALSE(urls->hosts().check("https://b.example/y"));
  EXPECT_TRUE(GeneratorUrls::parse("")->empty());
}

TEST(GeneratorUrls, that_cannot_work_are_named) {
  for (const char* list : {"https://a.example/", "a.example/{username}", "http://a.example/{username}",
                           "https://10.0.0.1/{username}", "https://a.example:8443/{username}",
                           "https://u:p@a.example/{username}", "ftp://a.example/{username}"}) {
    EXPECT_FALSE(GeneratorUrls::parse(list)) << list;
  }
}

}  // namespace
}  // namespace papi::profiles
