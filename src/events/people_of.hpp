#pragma once

#include <functional>

#include "events/event.hpp"

namespace papi::events {

/// Calls `visit` with every person of the event: the event's user and the people in the body.
void for_each_person(const Event& event, const std::function<void(const User&)>& visit);

}  // namespace papi::events
