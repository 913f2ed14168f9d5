#pragma once

#include "app/settings.hpp"
#include "platform/http/route_table.hpp"

namespace papi::app {

/// `GET /`: what this is and where to go on, as JSON or as a small page. `s` must outlive it.
http::Route root_route(const Settings& s);

}  // namespace papi::app
