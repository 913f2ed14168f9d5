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

std::string big32(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8),
          static_cast<char>(n)};
}
std::string big16(std::uint32_t n) { return big32(n).substr(2); }
std::string little16(std::uint32_t n) { return {static_cast<char>(n), static_cast<char>(n >> 8)}; }
std::string little24(std::uint32_t n) { return little16(n) + static_cast<char>(n >> 16); }
std::string little32(std::uint32_t n) { return little16(n) + little16(n >> 16); }

// A picture of 72 × 48 pixels in each format. The bytes after its header vary.
std::string gif_with(const std::string& blocks) {
  // The global colour table has two colours.
  return "GIF89a"s + little16(72) + little16(48) + "\x80\0\0"s + "\1\2\3\4\5\6"s + blocks +
         std::string(100, '\0') + ";";
}
std::string gif_frame(int x, int y, int width, int height, const std::string& packed_and_table = "\0"s) {
  return "," + little16(x) + little16(y) + little16(width) + little16(height) + packed_and_table +
         "\x08\2ab\1c\0"s;
}
const std::string gif_extension =
    "!\xF9\4\0\0\0\0\0"s + "!\xFE\3abc\2,,\0"s;  // a comment that looks like frames

std::string chunk(const std::string& type, const std::string& data) {
  return big32(static_cast<std::uint32_t>(data.size())) + type + data + "crc!";
}
std::string apng_with(const std::string& chunks) {
  return "\x89PNG\r\n\x1A\n"s + chunk("IHDR", big32(72) + big32(48) + "\x08\6\0\0\0"s) + chunks +
         chunk("IDAT", std::string(99, 'd')) + chunk("IEND", "");
}
std::string control(std::uint32_t width, std::uint32_t height, std::uint32_t x, std::uint32_t y) {
  return chunk("fcTL", big32(0) + big32(width) + big32(height) + big32(x) + big32(y) + "\0\1\0\1\0\0"s);
}

std::string riff(const std::string& type, std::string data) {
  const std::string size = little32(static_cast<std::uint32_t>(data.size()));
  if (data.size() % 2 != 0) data += '\0';
  return type + size + data;
}
std::string webp_with(const std::string& chunks) {
  return padded("RIFF" + little32(0) + "WEBP" + riff("VP8X", "\2\0\0\0"s + little24(71) + little24(47)) +
                chunks + riff("EXIF", "abc"));
}
std::string lossy(int width, int height) {
  return riff("VP8 ", "\0\0\0\x9D\x01\x2A"s + little16(static_cast<std::uint32_t>(width)) +
                          little16(static_cast<std::uint32_t>(height)) + "data!");
}
std::string lossless(int width, int height) {
  return riff("VP8L",
              "\x2F" + little32(static_cast<std::uint32_t>((width - 1) | (height - 1) << 14)) + "data");
}
std::string animated(int x, int y, int width, int height, const std::string& inside) {
  return riff("ANMF", little24(static_cast<std::uint32_t>(x / 2)) +
                          little24(static_cast<std::uint32_t>(y / 2)) +
                          little24(static_cast<std::uint32_t>(width - 1)) +
                          little24(static_cast<std::uint32_t>(height - 1)) + "\x64\0\0\0"s + inside);
}

std::string segment(char marker, const std::string& data) {
  return "\xFF"s + marker + big16(static_cast<std::uint32_t>(data.size() + 2)) + data;
}
std::string jpeg_frame(char marker, int width, int height) {
  return segment(marker, "\x08" + big16(static_cast<std::uint32_t>(height)) +
                             big16(static_cast<std::uint32_t>(width)) + "\3abcdefghi"s);
}
const std::string scan = segment('\xDA', "\1abc\0\x3F\0"s) + "data\xFF\0data\xFF\xD0 data\xFF\xD7"s;
std::string jpeg_with(const std::string& behind) {
  return padded("\xFF\xD8"s + jpeg_frame('\xC2', 72, 48) + scan + behind);
}

TEST(Image, a_frame_that_exceeds_the_header_is_refused_in_each_format) {
  const auto exceeds = [](const char* frame) {
    return "a frame of "s + frame + " exceeds the picture's 72 × 48 pixels";
  };
  const std::string damaged = "the picture's frames are damaged", good;
  struct Row {
    const char* what;
    std::string bytes;
    std::string fault;
  };
  const Row rows[] = {
      {"gif, whole screen", gif_with(gif_frame(0, 0, 72, 48)), good},
      {"gif, in a corner", gif_with(gif_frame(70, 47, 2, 1) + gif_extension + gif_frame(0, 0, 1, 1)), good},
      {"gif, own colours", gif_with(gif_frame(0, 0, 72, 48, "\x80......"s) + gif_frame(0, 0, 72, 48)), good},
      {"gif, stray block ends", gif_with("\0\0"s + gif_frame(0, 0, 72, 48)), good},
      {"gif, behind the end", gif_with(";" + gif_frame(0, 0, 999, 999)), good},
      {"gif, wide", gif_with(gif_frame(0, 0, 73, 48)), exceeds("73 × 48 at 0, 0")},
      {"gif, high", gif_with(gif_frame(0, 0, 72, 49)), exceeds("72 × 49 at 0, 0")},
      {"gif, moved", gif_with(gif_frame(1, 0, 72, 48)), exceeds("72 × 48 at 1, 0")},
      {"gif, the second", gif_with(gif_frame(0, 0, 72, 48) + gif_extension + gif_frame(0, 0, 65'535, 65'535)),
       exceeds("65535 × 65535 at 0, 0")},
      {"gif, behind own colours", gif_with(gif_frame(0, 0, 1, 1, "\x80......"s) + gif_frame(0, 48, 1, 1)),
       exceeds("1 × 1 at 0, 48")},
      {"gif, garbage", gif_with("x" + gif_frame(0, 0, 72, 48)), damaged},
      {"apng", apng_with(control(72, 48, 0, 0) + control(1, 1, 71, 47)), good},
      {"apng, wide", apng_with(control(72, 48, 0, 0) + control(73, 1, 0, 0)), exceeds("73 × 1 at 0, 0")},
      {"apng, overflow", apng_with(control(2, 2, 0xFFFF'FFFF, 0)), exceeds("2 × 2 at 4294967295, 0")},
      {"png, two headers", apng_with(chunk("IHDR", big32(9'999) + big32(9'999) + "\x08\6\0\0\0"s)), damaged},
      {"webp", webp_with(animated(0, 0, 72, 48, lossy(72, 48)) + animated(70, 46, 2, 2, lossless(2, 2))),
       good},
      {"webp, still", webp_with(lossy(72, 48)), good},
      {"webp, still, large", webp_with(lossless(16'384, 16'384)), exceeds("16384 × 16384 at 0, 0")},
      {"webp, wide", webp_with(animated(0, 0, 73, 48, lossy(73, 48))), exceeds("73 × 48 at 0, 0")},
      {"webp, moved", webp_with(animated(2, 0, 72, 48, lossy(72, 48))), exceeds("72 × 48 at 2, 0")},
      {"webp, bitstream in a frame", webp_with(animated(0, 0, 10, 10, lossy(5'000, 5'000))),
       "a frame of 5000 × 5000 at 0, 0 exceeds the picture's 10 × 10 pixels"},
      {"webp, frame in a frame", webp_with(animated(0, 0, 72, 48, animated(0, 0, 10, 10, ""))), damaged},
      {"jpeg", jpeg_with(scan + "\xFF\xD9"), good},
      {"jpeg, behind the end", jpeg_with("\xFF\xD9" + jpeg_frame('\xC0', 999, 999)), good},
      {"jpeg, a second frame", jpeg_with(jpeg_frame('\xC0', 60'000, 60'000)),
       exceeds("60000 × 60000 at 0, 0")},
      {"jpeg, hierarchical", jpeg_with(segment('\xDE', "\x08" + big16(48) + big16(73) + "\1abc")),
       exceeds("73 × 48 at 0, 0")},
      {"jpeg, more lines", jpeg_with(segment('\xDC', big16(49))), exceeds("0 × 49 at 0, 0")},
  };
  for (const Row& row : rows) {
    const auto header = inspect(row.bytes);
    EXPECT_EQ(header ? good : header.error().message, row.fault) << row.what;
    // A picture that is cut anywhere is not refused for another reason.
    for (std::size_t length = 100; length < row.bytes.size(); ++length) {
      const auto cut = inspect(row.bytes.substr(0, length));
      EXPECT_TRUE(cut || cut.error().message == row.fault) << row.what << " cut at " << length;
    }
  }
}

}  // namespace
}  // namespace papi::profiles
