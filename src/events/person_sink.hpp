#pragma once

#include "events/event.hpp"

namespace papi::events {

/// Takes note of people who were seen in events. Never waits; called for every event, so it must be cheap.
class PersonSink {
 public:
  virtual ~PersonSink() = default;
  virtual void seen(const User& user) = 0;
};

}  // namespace papi::events
