#pragma once

#include <cstddef>
#include <cstdint>

/// libFuzzer calls this function with each input. Each fuzz target defines it and returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
