#pragma once

#include <cstdint>
#include <string>

namespace papi::sim {

/// Draws a small PNG. Its colours and pattern depend only on `id`, and no files are needed.
std::string draw_png(std::uint64_t id, unsigned size = 72);

}  // namespace papi::sim
