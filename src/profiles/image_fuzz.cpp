#include "platform/base/fuzz_target.hpp"
#include "profiles/image.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  papi::profiles::ImageLimits limits;
  limits.min_bytes = 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = papi::profiles::inspect_image(bytes, limits);
  if (!header) return 0;
  // An accepted image keeps every limit and is never SVG.
  if (header->width == 0 || header->height == 0) __builtin_trap();
  if (std::uint64_t{header->width} * header->height > limits.max_pixels) __builtin_trap();
  if (header->type == papi::profiles::ImageType::svg) __builtin_trap();
  return 0;
}
