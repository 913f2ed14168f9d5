#pragma once

#include <functional>

#include "events/event_store.hpp"
#include "platform/http/body_stream.hpp"

namespace papi::events {

/// Streams a range of a session's event log as a body that ends: page by page, at the client's speed, in
/// constant memory. If it cannot be finished, the connection is cut, because a part of an event log must not
/// look complete.
class LogBody final : public http::BodyStream {
 public:
  /// Appends one event to the body.
  using Append = std::function<void(std::string& body, const EventFrame& event)>;

  LogBody(EventStore& store, Executor thread, EventQuery query, Append append, std::string header = {});

  Task<void> run(http::BodyWriter& writer) override;
  void stop() override { stopped_ = true; }
  void client_closed() override {}  // it may still read

 private:
  EventStore& store_;
  const Executor thread_;
  EventQuery query_;
  const Append append_;
  std::string text_;
  bool stopped_ = false;
};

void append_ndjson(std::string& body, const EventFrame& event);

}  // namespace papi::events
