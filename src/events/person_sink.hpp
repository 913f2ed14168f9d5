#pragma once

#include <vector>

#include "events/event.hpp"

namespace papi::events {

/// Takes note of people who were seen in events. Never waits; called for every event, so it must be cheap.
class PersonSink {
 public:
  virtual ~PersonSink() = default;
  virtual void seen(const User& user) = 0;
};

/// Several of them, told in this order. They outlive it.
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
