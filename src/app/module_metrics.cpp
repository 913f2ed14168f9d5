// The families of metrics that each module writes for GET /metrics.

#include "app/access.hpp"
#include "app/live_module.hpp"
#include "app/profile_module.hpp"

namespace papi::app {

void Access::write_metrics(metrics::Exposition& page) const {
  page.counter("profile_api_authentication_failures_total", "Requests with credentials that were refused.",
               seen(auth::AuditKind::authentication));
  page.counter("profile_api_permission_denials_total",
               "Requests with valid credentials that lacked the permission.",
               seen(auth::AuditKind::permission));
  page.counter("profile_api_lockouts_total", "Accounts that were locked after failed logins.",
               seen(auth::AuditKind::lockout));
  page.counter("profile_api_suspicious_requests_total", "Requests that look like an attack.",
               seen(auth::AuditKind::suspicious));
  page.counter("profile_api_rate_limit_violations_total", "Requests that a rate limit refused.",
               seen(auth::AuditKind::rate_limit));
  page.gauge("profile_api_rate_limit_buckets", "Callers and addresses whose requests are counted.",
             std::uint64_t{buckets_.size()});
  page.gauge("profile_api_open_sockets", "Open sockets and streams of clients.",
             std::uint64_t{sockets_.count()});
  page.counter("profile_api_audit_records_lost_total",
               "Records of the audit trail that were lost because too many waited for the database.",
               audit_.lost());
  page.counter("profile_api_audit_events_total", "Security events by kind, also those without a record.");
  for (std::size_t i = 0; i < enum_count<auth::AuditKind>(); ++i) {
    const auto kind = static_cast<auth::AuditKind>(i);
    page.sample({{"kind", to_string(kind)}}, seen(kind));
  }
}

void LiveModule::write_metrics(metrics::Exposition& page) {
  events::EventMetrics& events = fan_out_.metrics();
  page.counter("profile_api_events_total", "Committed events of all sessions by type.");
  for (std::size_t i = 0; i < events::event_type_count; ++i)
    page.sample({{"type", to_string(static_cast<events::EventType>(i))}}, events.committed.sum(i));
  page.counter("profile_api_events_delivered_total", "Live events that were given to a subscriber.",
               events.delivered.value());
  page.gauge("profile_api_subscriber_queue_bytes",
             "What waits in memory for sockets and streams that take it more slowly than it comes.",
             events.queued_bytes.value());
  page.histogram("profile_api_event_commit_delay_seconds",
                 "From the receipt of events from TikTok to their commit.");
  page.samples({}, events.commit_delay.counts());
  page.histogram("profile_api_event_delivery_delay_seconds",
                 "From the receipt of an event from TikTok to the write that handed it to a subscriber's "
                 "socket. Of a write with several events, the oldest counts.");
  page.samples({}, events.socket_delay.counts());
  page.counter("profile_api_upstream_duplicates_total",
               "Messages from TikTok that were dropped because they had come before.",
               upstream_metrics_.duplicates.value());
  page.counter("profile_api_upstream_undecodable_total",
               "Messages and frames from TikTok that could not be read.",
               upstream_metrics_.undecodable.value());
  page.counter("profile_api_upstream_attempts_total",
               "Ended attempts to follow a room. stream_ended: the host has stopped; dropped: the connection "
               "was lost or fell silent; refused: no data came, also because the room is offline.");
  for (std::size_t i = 0; i < enum_count<live::Attempt::End>(); ++i)
    page.sample({{"end", to_string(static_cast<live::Attempt::End>(i))}}, upstream_metrics_.ends.sum(i));
}

void ProfileModule::write_metrics(metrics::Exposition& page) const {
  page.counter("profile_api_cache_hits_total", "Callers' requests for a profile that the memory answered.",
               cache_.hits());
  page.counter("profile_api_cache_misses_total",
               "Callers' requests for a profile that the memory could not answer.", cache_.misses());
  page.counter("profile_api_cache_evictions_total", "Profiles that were dropped because the cache was full.",
               cache_.evictions());
  page.gauge("profile_api_cache_items", "Profiles in memory.", std::uint64_t{cache_.size()});
  page.gauge("profile_api_cache_bytes", "Memory of the profiles in the cache.",
             std::uint64_t{cache_.bytes()});
}

}  // namespace papi::app
