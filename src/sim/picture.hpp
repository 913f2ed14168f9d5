#pragma once

#include <cstdint>
#include <string>

namespace papi::sim {

/// A small PNG whose colours and pattern follow from `id`: the same picture for the same id, without any
/// files.
std::string draw_png(std::uint64_t id, unsigned size = 72);

}  // namespace papi::sim
