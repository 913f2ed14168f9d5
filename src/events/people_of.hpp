#pragma once

#include <functional>

#include "events/event.hpp"

namespace papi::events {

/// Calls `visit` with every person of the event: who acted, and those whom the body names.
void for_each_person(const Event& event, const std::function<void(const User&)>& visit);

}  // namespace papi::events
