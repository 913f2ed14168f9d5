#include "events/identity_rules.hpp"

#include <algorithm>

namespace papi::events {
namespace {

using Epochs = IdentityVerdict::Epochs;

IdentityVerdict renew_all(const char* reason) { return {Epochs::renew_all, reason, {}}; }

const SidecarSession* known(const Sidecar& sidecar, SessionKey key) {
  const auto found = sidecar.sessions.find(key);
  return found == sidecar.sessions.end() ? nullptr : &found->second;
}

/// Returns evidence in one session that the identity file belongs to another database, or to a newer state of
/// this one. Returns nullptr if the session has no such evidence.
const char* contradiction(const DatabaseSession& session, const Sidecar& sidecar) {
  const SidecarSession* shown = known(sidecar, session.key);
  if (shown && shown->epoch == session.epoch) {
    if (shown->last_offset > session.last_offset) return "the database is older than what was shown of it";
    return nullptr;
  }
  // A killed process may have committed the first events of a session without noting it in the identity file.
  // A process that ended in order has noted everything.
  if (session.last_offset > Offset() && sidecar.header.clean)
    return "the database has sessions of another past";
  return nullptr;
}

IdentityVerdict after_power_cut(const IdentityFacts& facts) {
  IdentityVerdict verdict;
  for (const DatabaseSession& session : facts.sessions) {
    const SidecarSession* shown = known(*facts.sidecar, session.key);
    const bool written_lately = !shown || shown->start == facts.sidecar->header.starts;
    if (session.running || written_lately) verdict.sessions.push_back(session.key);
  }
  if (verdict.sessions.empty()) return verdict;
  verdict.epochs = Epochs::renew_some;
  verdict.reason = "the machine stopped without an orderly end: the last events that were shown may be lost";
  return verdict;
}

}  // namespace

IdentityVerdict judge(const IdentityFacts& facts) {
  const bool has_events = std::any_of(facts.sessions.begin(), facts.sessions.end(),
                                      [](const DatabaseSession& s) { return s.last_offset > Offset(); });
  if (!facts.sidecar) {
    if (facts.sidecar_damaged && has_events) return renew_all("the identity file is damaged");
    if (facts.database && has_events) return renew_all("the identity file is missing");
    return {};
  }
  const SidecarHeader& header = facts.sidecar->header;
  if (!facts.database || facts.database->id != header.database_id)
    return renew_all("the identity file belongs to another database");
  if (facts.database->generation != header.generation)
    return renew_all("the database and its identity file are of different generations");
  if (header.starts > facts.database->starts)
    return renew_all("the database is older than its identity file");
  if (header.deletions > facts.database->deletions)
    return renew_all("the database is older than the last deletion of a session");
  for (const DatabaseSession& session : facts.sessions) {
    if (const char* reason = contradiction(session, *facts.sidecar)) return renew_all(reason);
  }
  if (!header.clean && header.power_cut_takes_rows && header.boot_id != facts.boot_id)
    return after_power_cut(facts);
  return {};
}

}  // namespace papi::events
