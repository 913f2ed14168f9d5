#include "events/retention_job.hpp"

namespace papi::events {
Task<void> RetentionJob::run() {
  while (!stopping_) {
    if (!newest_known_) co_await read_newest_time();
    co_await sweep();
    if (!stopping_) co_await wake_.wait_for(interval_);
  }
}

Task<void> RetentionJob::read_newest_time() {
  const auto newest = co_await store_.newest_platform_time(executor_);
  if (!newest) co_return;  // the next sweep tries again
  newest_known_ = true;
  trusted_.heard_stored_time(*newest);
}

Retention RetentionJob::limits_now() {
  Retention limits = limits_;
  if (limits.max_age.count() == 0) return limits;
  const auto doubt = trusted_.doubt();
  if (doubt != TrustedClock::Doubt::none) limits.max_age = {};
  const bool tell = doubt != TrustedClock::Doubt::none && doubt != TrustedClock::Doubt::nothing_stored;
  if (tell == std::exchange(logged_, tell)) return limits;
  if (doubt == TrustedClock::Doubt::far_from_stored) {  // also if the service was not used for some time
    log_.info("Retention by age waits until the wall clock has proved itself",
              {{"reason", to_string(doubt)}});
  } else if (tell) {
    log_.warning("Retention by age waits: the wall clock is in doubt", {{"reason", to_string(doubt)}});
  } else {
    log_.info("Retention by age goes on: the wall clock has proved itself");
  }
  return limits;
}

Task<void> RetentionJob::sweep() {
  const auto sessions = co_await store_.session_keys(executor_);
  if (!sessions) co_return;  // the next sweep tries again
  for (const KnownSession& session : *sessions) {
    if (session.deleted) (void)co_await store_.delete_rows(executor_, session.key);
    for (bool more = !session.deleted; more && !stopping_;) {
      const Retention limits = limits_now();
      if (!limits.any()) break;
      const auto trimmed = co_await store_.trim(executor_, session.key, limits, clock_.now_ms());
      more = trimmed && *trimmed;
    }
    if (stopping_) co_return;
  }
}

void RetentionJob::stop() {
  stopping_ = true;
  wake_.notify();
}

}  // namespace papi::events
