#include "profiles/image.hpp"

#include <gtest/gtest.h>

namespace papi::profiles {
namespace {

using namespace std::string_literals;

std::string padded(std::string bytes) { return bytes.append(200, '\0'); }
std::string png(char high_byte) {
  return padded("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"s + high_byte + "\0\0\x48"s + high_byte + "\0\0\x30"s);
}
const std::string jpeg = padded("\xFF\xD8\xFF\xE0\0\x04JF\xFF\xFF\xC2\0\x0B\x08\0\x30\0\x48\x03"s);

Result<ImageHeader> inspect(const std::string& bytes) { return inspect_image(bytes, ImageLimits()); }

TEST(Image, knows_type_and_size_of_each_format) {
  const std::pair<std::string, ImageType> pictures[] = {
      {png(0), ImageType::png},
      {jpeg, ImageType::jpeg},
      {padded("GIF89a\x48\0\x30\0"s), ImageType::gif},
      {padded("RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x47\0\0\x2F\0\0"s), ImageType::webp},
      {padded("RIFF\0\0\0\0WEBPVP8L\x0A\0\0\0\x2F\x47\xC0\x0B\0"s), ImageType::webp},
      {padded("RIFF\0\0\0\0WEBPVP8 \x0A\0\0\0\0\0\0\x9D\x01\x2A\x48\0\x30\0"s), ImageType::webp},
  };
  for (const auto& [bytes, type] : pictures) {
    const auto header = inspect(bytes);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->type, type);
    EXPECT_EQ(header->width, 72U);
    EXPECT_EQ(header->height, 48U);
  }
}

TEST(Image, refuses_what_is_none_and_says_why) {
  EXPECT_EQ(inspect("").error().message, "only 0 bytes");
  EXPECT_EQ(inspect(png(0).substr(0, 99)).error().message, "only 99 bytes");
  EXPECT_EQ(inspect(png(0).append(5 << 20, '\0')).error().message, "more than the largest picture allowed");
  EXPECT_EQ(inspect(png(1)).error().message, "16777288 × 16777264 pixels are too many");
  for (const char* text : {"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
                           "<!DOCTYPE html><html><body>no picture</body></html>", "BM", "%PDF-1.4"}) {
    EXPECT_EQ(inspect(padded(text)).error().message, "not a PNG, JPEG, GIF or WebP picture") << text;
  }
}

TEST(Image, a_header_cut_anywhere_is_damaged) {
  ImageLimits limits;
  limits.min_bytes = 0;
  for (std::size_t length = 8; length < 24; ++length)
    EXPECT_FALSE(inspect_image(png(0).substr(0, length), limits)) << length;
  for (std::size_t length = 3; length < 18; ++length)
    EXPECT_FALSE(inspect_image(jpeg.substr(0, length), limits)) << length;
}

TEST(Image, a_jpeg_whose_segments_lead_nowhere_is_damaged) {
  EXPECT_FALSE(inspect(padded("\xFF\xD8\xFF\xE0\0\0"s)));
  EXPECT_FALSE(inspect(padded("\xFF\xD8\xFF\xDA\0\x04"s)));
  EXPECT_FALSE(inspect("\xFF\xD8"s + std::string(300, '\xFF')));
}

}  // namespace
}  // namespace papi::profiles
