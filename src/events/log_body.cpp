#include "events/log_body.hpp"

namespace papi::events {

LogBody::LogBody(EventStore& store, Executor thread, EventQuery query, Append append, std::string header)
    : store_(store),
      thread_(thread),
      query_(std::move(query)),
      append_(std::move(append)),
      text_(std::move(header)) {
  query_.limit = 100;
  query_.max_bytes = 256 * 1024;  // so that other sockets get their turn
}

Task<void> LogBody::run(http::BodyWriter& writer) {
  for (bool more = true; more;) {
    const auto page = co_await store_.read(thread_, query_);
    if (!page || stopped_) throw std::runtime_error("the log could not be sent to its end");
    for (const EventPtr& event : page->events) append_(text_, *event);
    const bool written = co_await writer.write(text_);
    if (!written) co_return;
    text_.clear();
    more = page->more;
    query_.after = page->next_after;
  }
}

void append_ndjson(std::string& body, const EventFrame& event) {
  body += event.json();
  body += '\n';
}

}  // namespace papi::events
