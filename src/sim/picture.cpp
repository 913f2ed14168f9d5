#include "sim/picture.hpp"

#include <zlib.h>

#include <string_view>

namespace papi::sim {
namespace {

void append_u32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

/// A PNG chunk: length, type, data, CRC of type and data (PNG specification §5.3).
void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_u32(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t begin = out.size();
  out += type;
  out += data;
  append_u32(out, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(out.data() + begin),
                                                   static_cast<uInt>(out.size() - begin))));
}

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace

std::string draw_png(std::uint64_t id, unsigned size) {
  const std::uint64_t bits = mix(id + 0x9E3779B97F4A7C15U);
  // A symmetric 5×5 pattern, like the "identicons" of code hosts. Palette entry 0 is the background, 1 is the
  // figure.
  std::string rows;
  for (unsigned y = 0; y < size; ++y) {
    rows += '\0';  // no filter
    for (unsigned x = 0; x < size; ++x) {
      const unsigned column = x * 5 / size;
      const unsigned cell = y * 5 / size * 3 + (column < 3 ? column : 4 - column);
      rows += static_cast<char>(bits >> cell & 1);
    }
  }
  std::string packed(compressBound(rows.size()), '\0');
  uLongf packed_size = packed.size();
  compress(reinterpret_cast<Bytef*>(packed.data()), &packed_size, reinterpret_cast<const Bytef*>(rows.data()),
           rows.size());
  packed.resize(packed_size);

  std::string header;
  append_u32(header, size);
  append_u32(header, size);
  header += std::string_view("\x08\x03\0\0\0", 5);  // 8 bits a pixel, palette, default methods
  const char palette[] = {static_cast<char>(235),
                          static_cast<char>(237),
                          static_cast<char>(240),
                          static_cast<char>(bits >> 20 & 0xBF),
                          static_cast<char>(bits >> 28 & 0xBF),
                          static_cast<char>(bits >> 36 & 0xBF)};
  std::string png("\x89PNG\r\n\x1A\n", 8);
  append_chunk(png, "IHDR", header);
  append_chunk(png, "PLTE", std::string_view(palette, sizeof palette));
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", {});
  return png;
}

}  // namespace papi::sim
