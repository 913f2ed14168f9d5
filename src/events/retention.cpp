#include "events/retention.hpp"

namespace papi::events {

Task<void> Retainer::run() {
  while (!stopping_) {
    co_await look_through();
    if (!stopping_) co_await wake_.wait_for(interval_);
  }
}

Task<void> Retainer::look_through() {
  const auto sessions = co_await store_.session_keys(executor_);
  if (!sessions) co_return;  // the log has it; the next look comes
  for (const SessionKey& session : *sessions) {
    if (session.deleted) (void)co_await store_.delete_rows(executor_, session.key);
    for (bool more = limits_.any() && !session.deleted; more && !stopping_;) {
      const auto trimmed = co_await store_.trim(executor_, session.key, limits_, clock_.now_ms());
      more = trimmed && *trimmed;
    }
    if (stopping_) co_return;
  }
}

void Retainer::stop() {
  stopping_ = true;
  wake_.notify();
}

}  // namespace papi::events
