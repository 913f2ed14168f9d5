#include "events/retention.hpp"

namespace papi::events {
namespace {

/// The newest time that the platform gave to a message; 0: none is known.
UnixMs newest_platform_time(sqlite::Database& database) {
  auto query = database.prepare("SELECT coalesce(max(platform_time), 0) FROM upstream_positions");
  return query.step() ? query.integer(0) : 0;
}

}  // namespace

Task<void> Retainer::run() {
  while (!stopping_) {
    if (!newest_known_) co_await look_for_newest();
    co_await look_through();
    if (!stopping_) co_await wake_.wait_for(interval_);
  }
}

Task<void> Retainer::look_for_newest() {
  std::function<UnixMs(sqlite::Database&)> query = newest_platform_time;
  const auto newest = co_await store_.readers().read<UnixMs>(executor_, std::move(query));
  if (!newest) co_return;  // the log has it; asked again at the next look
  newest_known_ = true;
  trusted_.heard_stored_time(*newest);
}

Retention Retainer::limits_now() {
  Retention limits = limits_;
  if (limits.max_age_ms == 0) return limits;
  const auto doubt = trusted_.doubt();
  if (doubt != TrustedClock::Doubt::none) limits.max_age_ms = 0;
  const bool tell = doubt != TrustedClock::Doubt::none && doubt != TrustedClock::Doubt::nothing_stored;
  if (tell == std::exchange(told_, tell)) return limits;
  if (doubt == TrustedClock::Doubt::far_from_stored) {  // also when the service was not used for some time
    log_.info("Retention by age waits until the wall clock has proved itself",
              {{"reason", to_string(doubt)}});
  } else if (tell) {
    log_.warning("Retention by age waits: the wall clock is in doubt", {{"reason", to_string(doubt)}});
  } else {
    log_.info("Retention by age goes on: the wall clock has proved itself");
  }
  return limits;
}

Task<void> Retainer::look_through() {
  const auto sessions = co_await store_.session_keys(executor_);
  if (!sessions) co_return;  // the log has it; the next look comes
  for (const SessionKey& session : *sessions) {
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

void Retainer::stop() {
  stopping_ = true;
  wake_.notify();
}

}  // namespace papi::events
