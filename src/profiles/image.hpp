#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::profiles {

enum class ImageType : std::uint8_t { png, jpeg, gif, webp, svg };
inline constexpr std::size_t image_type_count = 5;
std::string_view content_type(ImageType type);

struct ImageHeader {
  ImageType type = ImageType::png;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

struct ImageLimits {
  std::size_t min_bytes = 100;
  std::size_t max_bytes = 5 * 1024 * 1024;
  std::uint64_t max_pixels = 16'000'000;
};

/// A picture and the hash of its bytes. Only pictures that this service has drawn are SVG.
struct Image {
  ImageHeader header;
  std::string bytes;
  std::string hash;  // SHA-256, hexadecimal
};

/// Reads the type and the size from the bytes themselves: PNG (its specification §11.2.2), JPEG (ITU-T T.81
/// B.2.2), GIF (GIF89a §18) and WebP (RFC 9649). Fails for every other type, also SVG. Fails if a limit is
/// exceeded or if a frame is larger than the picture's header says. The Error says why.
Result<ImageHeader> inspect_image(std::string_view bytes, const ImageLimits& limits);

}  // namespace papi::profiles
