#pragma once

#include <cstdint>
#include <string_view>

namespace papi::profiles {

/// Reads numbers within bounds. A read past the end returns 0, and ok() returns false from then on.
class ImageBytes {
 public:
  explicit ImageBytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint32_t u8(std::size_t at) {
    if (at >= bytes_.size()) {
      ok_ = false;
      return 0;
    }
    return static_cast<unsigned char>(bytes_[at]);
  }
  std::uint32_t big16(std::size_t at) { return u8(at) << 8 | u8(at + 1); }
  std::uint32_t big32(std::size_t at) { return big16(at) << 16 | big16(at + 2); }
  std::uint32_t little16(std::size_t at) { return u8(at) | u8(at + 1) << 8; }
  std::uint32_t little24(std::size_t at) { return little16(at) | u8(at + 2) << 16; }
  std::uint32_t little32(std::size_t at) { return little16(at) | little16(at + 2) << 16; }
  bool ok() const { return ok_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

inline std::string_view image_part(std::string_view bytes, std::size_t at, std::size_t size) {
  return at < bytes.size() ? bytes.substr(at, size) : std::string_view();
}

}  // namespace papi::profiles
