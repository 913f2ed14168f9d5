#pragma once

#include <vector>

#include "events/event.hpp"

namespace papi::events {

/// Receives the people who are seen in events. It is called for every event, so it must be fast and must not
/// wait.
class PersonSink {
 public:
  virtual ~PersonSink() = default;
  virtual void seen(const User& user) = 0;
};

/// Passes each person on to several sinks, in this order. The sinks must outlive it.
class PersonSinks final : public PersonSink {
 public:
  explicit PersonSinks(std::vector<PersonSink*> sinks) : sinks_(std::move(sinks)) {}
  void seen(const User& user) override {
    for (PersonSink* sink : sinks_) sink->seen(user);
  }

 private:
  const std::vector<PersonSink*> sinks_;
};

}  // namespace papi::events
