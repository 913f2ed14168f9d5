#pragma once

#include <string>
#include <string_view>

namespace papi {

/// `text` with its case folded for comparison in any script (Unicode 15, full case folding; by ICU).
std::string fold_case(std::string_view text);

}  // namespace papi
