#include "profiles/image.hpp"

#include <optional>

#include "platform/base/enum_count.hpp"
#include "profiles/image_bytes.hpp"
#include "profiles/image_frames.hpp"

namespace papi::profiles {
namespace {

using Found = std::optional<ImageHeader>;

Found png(std::string_view bytes) {
  ImageBytes in(bytes);
  if (image_part(bytes, 12, 4) != "IHDR" || in.big32(8) != 13) return std::nullopt;
  const ImageHeader header{ImageType::png, in.big32(16), in.big32(20)};
  return in.ok() ? Found(header) : std::nullopt;
}

/// Reads the segments up to the frame header, which has the size.
Found jpeg(std::string_view bytes) {
  ImageBytes in(bytes);
  std::size_t at = 2;
  while (in.u8(at) == 0xFF) {
    while (in.u8(at + 1) == 0xFF) ++at;  // fill bytes
    const std::uint32_t marker = in.u8(at + 1);
    const std::uint32_t length = in.big16(at + 2);
    if (!in.ok() || length < 2) return std::nullopt;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      const ImageHeader header{ImageType::jpeg, in.big16(at + 7), in.big16(at + 5)};
      return in.ok() ? Found(header) : std::nullopt;
    }
    if (marker == 0xDA || marker == 0xD9) return std::nullopt;  // data or the end before any frame
    at += 2 + length;
  }
  return std::nullopt;
}

Found webp(std::string_view bytes) {
  ImageBytes in(bytes);
  const std::string_view chunk = image_part(bytes, 12, 4);
  ImageHeader header{ImageType::webp, 0, 0};
  if (chunk == "VP8X") {
    header.width = in.little24(24) + 1;
    header.height = in.little24(27) + 1;
  } else if (chunk == "VP8L" && in.u8(20) == 0x2F) {
    const std::uint32_t sizes = in.little32(21);
    header.width = (sizes & 0x3FFF) + 1;
    header.height = (sizes >> 14 & 0x3FFF) + 1;
  } else if (chunk == "VP8 " && in.u8(23) == 0x9D && in.u8(24) == 0x01 && in.u8(25) == 0x2A) {
    header.width = in.little16(26) & 0x3FFF;
    header.height = in.little16(28) & 0x3FFF;
  } else {
    return std::nullopt;
  }
  return in.ok() ? Found(header) : std::nullopt;
}

Found gif(std::string_view bytes) {
  ImageBytes in(bytes);
  const ImageHeader header{ImageType::gif, in.little16(6), in.little16(8)};
  return in.ok() ? Found(header) : std::nullopt;
}

Error refused(std::string why) { return {ErrorCode::upstream_error, std::move(why)}; }

Result<Found> by_signature(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return png(bytes);
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return jpeg(bytes);
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return gif(bytes);
  if (bytes.starts_with("RIFF"sv) && image_part(bytes, 8, 4) == "WEBP"sv) return webp(bytes);
  return refused("not a PNG, JPEG, GIF or WebP picture");
}

static_assert(image_type_count == enum_count<ImageType>());

}  // namespace

std::string_view content_type(ImageType type) {
  switch (type) {
    case ImageType::png:
      return "image/png";
    case ImageType::jpeg:
      return "image/jpeg";
    case ImageType::gif:
      return "image/gif";
    case ImageType::webp:
      return "image/webp";
    case ImageType::svg:
      return "image/svg+xml";
  }
  return "application/octet-stream";
}

Result<ImageHeader> inspect_image(std::string_view bytes, const ImageLimits& limits) {
  if (bytes.size() < limits.min_bytes) return refused("only " + std::to_string(bytes.size()) + " bytes");
  if (bytes.size() > limits.max_bytes) return refused("more than the largest picture allowed");
  TRY(const Found header, by_signature(bytes));
  if (!header || header->width == 0 || header->height == 0) return refused("the picture's header is damaged");
  if (std::uint64_t{header->width} * header->height > limits.max_pixels) {
    return refused(std::to_string(header->width) + " × " + std::to_string(header->height) +
                   " pixels are too many");
  }
  if (auto fault = frames_fault(bytes, *header)) return refused(std::move(*fault));
  return *header;
}

}  // namespace papi::profiles
