#include "profiles/image_frames.hpp"

#include <algorithm>

#include "profiles/image_bytes.hpp"

namespace papi::profiles {
namespace {

using Fault = std::optional<std::string>;

constexpr const char* damaged = "the picture's frames are damaged";

struct Area {
  std::uint64_t x = 0, y = 0, width = 0, height = 0;
};

Fault outside(const Area& frame, std::uint32_t width, std::uint32_t height) {
  if (frame.x + frame.width <= width && frame.y + frame.height <= height) return std::nullopt;
  return "a frame of " + std::to_string(frame.width) + " × " + std::to_string(frame.height) + " at " +
         std::to_string(frame.x) + ", " + std::to_string(frame.y) + " exceeds the picture's " +
         std::to_string(width) + " × " + std::to_string(height) + " pixels";
}

/// Returns the bytes of a GIF's colour table, from the packed fields that announce it.
std::size_t colour_table(std::uint32_t packed) {
  return (packed & 0x80) != 0 ? std::size_t{3} << ((packed & 7) + 1) : 0;
}

std::size_t behind_sub_blocks(ImageBytes& in, std::size_t at) {
  for (std::uint32_t size = in.u8(at); size != 0; size = in.u8(at)) at += 1 + size;
  return at + 1;
}

Fault gif(std::string_view bytes, const ImageHeader& header) {
  ImageBytes in(bytes);
  std::size_t at = 13 + colour_table(in.u8(10));
  while (at < bytes.size()) {
    switch (in.u8(at)) {
      case 0x00:  // extra block terminators, which decoders skip
        ++at;
        break;
      case 0x21:
        at = behind_sub_blocks(in, at + 2);
        break;
      case 0x2C: {
        const Area frame{in.little16(at + 1), in.little16(at + 3), in.little16(at + 5), in.little16(at + 7)};
        const std::uint32_t packed = in.u8(at + 9);
        if (!in.ok()) return std::nullopt;
        if (auto fault = outside(frame, header.width, header.height)) return fault;
        at = behind_sub_blocks(in, at + 11 + colour_table(packed));
        break;
      }
      case 0x3B:
        return std::nullopt;
      default:
        return damaged;
    }
  }
  return std::nullopt;
}

Fault png(std::string_view bytes, const ImageHeader& header) {
  ImageBytes in(bytes);
  std::size_t at = 8;
  for (bool first = true; at + 8 <= bytes.size(); first = false) {
    const std::uint32_t size = in.big32(at);
    const std::string_view type = image_part(bytes, at + 4, 4);
    if (type == "IEND") return std::nullopt;
    if (size > 0x7FFF'FFFF || (type == "IHDR" && !first)) return damaged;
    if (type == "fcTL") {
      const Area frame{in.big32(at + 20), in.big32(at + 24), in.big32(at + 12), in.big32(at + 16)};
      if (!in.ok()) return std::nullopt;
      if (auto fault = outside(frame, header.width, header.height)) return fault;
    }
    at += std::size_t{12} + size;
  }
  return std::nullopt;
}

/// Returns the size in the WebP bitstream, or nullopt if `chunk` is not a bitstream.
std::optional<Area> bitstream(ImageBytes& in, std::string_view chunk, std::size_t data) {
  if (chunk == "VP8L") {
    const std::uint32_t sizes = in.little32(data + 1);
    return Area{0, 0, (sizes & 0x3FFF) + 1, (sizes >> 14 & 0x3FFF) + 1};
  }
  if (chunk == "VP8 ") return Area{0, 0, in.little16(data + 6) & 0x3FFF, in.little16(data + 8) & 0x3FFF};
  return std::nullopt;
}

/// Reads chunks from `at` to `end`. Inside an ANMF chunk, `within` is its frame. Such a frame must not
/// contain another ANMF.
Fault webp_chunks(std::string_view bytes, std::size_t at, std::size_t end, const Area& within,
                  bool in_frame) {
  ImageBytes in(bytes);
  const auto width = static_cast<std::uint32_t>(within.width);
  const auto height = static_cast<std::uint32_t>(within.height);
  while (at + 8 <= end) {
    const std::string_view chunk = image_part(bytes, at, 4);
    const std::size_t size = in.little32(at + 4);
    const std::size_t data = at + 8;
    if (const auto own = bitstream(in, chunk, data)) {
      if (!in.ok()) return std::nullopt;
      if (auto fault = outside(*own, width, height)) return fault;
    } else if (chunk == "ANMF") {
      if (in_frame) return damaged;
      const Area frame{std::uint64_t{2} * in.little24(data), std::uint64_t{2} * in.little24(data + 3),
                       std::uint64_t{1} + in.little24(data + 6), std::uint64_t{1} + in.little24(data + 9)};
      if (!in.ok()) return std::nullopt;
      if (auto fault = outside(frame, width, height)) return fault;
      if (auto fault = webp_chunks(bytes, data + 16, std::min(end, data + size), frame, true)) return fault;
    }
    at = data + size + (size & 1);
  }
  return std::nullopt;
}

/// Returns where entropy-coded data end: at the next marker that is neither a stuffed byte nor a restart.
std::size_t behind_scan(std::string_view bytes, std::size_t at) {
  for (at = bytes.find('\xFF', at); at != std::string_view::npos; at = bytes.find('\xFF', at + 1)) {
    if (at + 1 >= bytes.size()) break;
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (marker != 0 && (marker < 0xD0 || marker > 0xD7)) return at;
  }
  return bytes.size();
}

Fault jpeg(std::string_view bytes, const ImageHeader& header) {
  ImageBytes in(bytes);
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && in.u8(at) == 0xFF) {
    const std::uint32_t marker = in.u8(at + 1);
    if (marker == 0xFF) {  // a fill byte
      ++at;
      continue;
    }
    if (marker == 0xD9) return std::nullopt;
    const std::uint32_t length = in.big16(at + 2);
    if (length < 2) return damaged;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame || marker == 0xDE) {  // DHP: the size of a hierarchical picture
      const Area area{0, 0, in.big16(at + 7), in.big16(at + 5)};
      if (!in.ok()) return std::nullopt;
      if (auto fault = outside(area, header.width, header.height)) return fault;
    } else if (marker == 0xDC) {  // DNL: another number of lines
      if (auto fault = outside({0, 0, 0, in.big16(at + 4)}, header.width, header.height)) return fault;
    }
    at += 2 + length;
    if (marker == 0xDA) at = behind_scan(bytes, at);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> frames_fault(std::string_view bytes, const ImageHeader& header) {
  switch (header.type) {
    case ImageType::gif:
      return gif(bytes, header);
    case ImageType::png:
      return png(bytes, header);
    case ImageType::jpeg:
      return jpeg(bytes, header);
    case ImageType::webp:
      return webp_chunks(bytes, 12, bytes.size(), {0, 0, header.width, header.height}, false);
    case ImageType::svg:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace papi::profiles
