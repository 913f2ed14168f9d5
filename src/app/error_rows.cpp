#include "app/error_rows.hpp"

#include "live/error_codes.hpp"

namespace papi::app {

std::vector<std::vector<http::ErrorRow>> error_rows() { return {live::codes::rows()}; }

}  // namespace papi::app
