#include "events/identity_rules.hpp"

#include <gtest/gtest.h>

namespace papi::events {
namespace {

using Epochs = IdentityVerdict::Epochs;

/// A database in its third start and its identity file, after a kill in the same boot. One session runs, one
/// ended long ago, one has no events yet.
IdentityFacts after_kill() {
  IdentityFacts facts;
  facts.database = DatabaseIdentity{"d1", 7, 3, 11};
  facts.sessions = {{SessionKey(1), "e1", Offset(500), true},
                    {SessionKey(2), "e2", Offset(40), false},
                    {SessionKey(5), "e5", Offset(0), false}};
  facts.sidecar.emplace();
  facts.sidecar->header = {"d1", "boot-a", 7, 3, 11, false, true};
  facts.sidecar->sessions = {{SessionKey(1), {"e1", Offset(500), 3}},
                             {SessionKey(2), {"e2", Offset(40), 0}},
                             {SessionKey(5), {"e5", Offset(0), 0}}};
  facts.boot_id = "boot-a";
  return facts;
}

struct Row {
  const char* name;
  void (*change)(IdentityFacts&);
  Epochs epochs;
  std::vector<SessionKey> sessions = {};
};

const Row rows[] = {
    {"a kill on the same boot renumbers nothing", [](IdentityFacts&) {}, Epochs::keep},
    {"a new database", [](IdentityFacts& f) { f = IdentityFacts(); }, Epochs::keep},
    {"a database of a version without identities is adopted",
     [](IdentityFacts& f) {
       f.database.reset();
       f.sidecar.reset();
     },
     Epochs::keep},
    {"no sidecar, no events",
     [](IdentityFacts& f) {
       f.sidecar.reset();
       f.sessions = {{SessionKey(5), "e5", Offset(0), true}};
     },
     Epochs::keep},
    {"no sidecar, one event",
     [](IdentityFacts& f) {
       f.sidecar.reset();
       f.sessions = {{SessionKey(5), "e5", Offset(1), false}};
     },
     Epochs::renew_all},
    {"a damaged sidecar",
     [](IdentityFacts& f) {
       f.sidecar.reset();
       f.sidecar_damaged = true;
     },
     Epochs::renew_all},
    {"a damaged sidecar beside a database without an identity",
     [](IdentityFacts& f) {
       f.database.reset();
       f.sidecar.reset();
       f.sidecar_damaged = true;
     },
     Epochs::renew_all},
    {"a database without an identity beside a sidecar", [](IdentityFacts& f) { f.database.reset(); },
     Epochs::renew_all},
    {"a sidecar of another database", [](IdentityFacts& f) { f.sidecar->header.database_id = "d2"; },
     Epochs::renew_all},
    {"an older generation of the sidecar", [](IdentityFacts& f) { f.sidecar->header.generation = 6; },
     Epochs::renew_all},
    {"a newer generation of the sidecar", [](IdentityFacts& f) { f.sidecar->header.generation = 8; },
     Epochs::renew_all},
    {"a sidecar one start ahead", [](IdentityFacts& f) { f.sidecar->header.starts = 4; }, Epochs::renew_all},
    {"a sidecar one start behind: killed between the two writes",
     [](IdentityFacts& f) { f.sidecar->header.starts = 2; }, Epochs::keep},
    {"a sidecar one deletion ahead", [](IdentityFacts& f) { f.sidecar->header.deletions = 12; },
     Epochs::renew_all},
    {"a sidecar one deletion behind: killed between the two writes",
     [](IdentityFacts& f) { f.sidecar->header.deletions = 10; }, Epochs::keep},
    {"one event fewer than was shown", [](IdentityFacts& f) { f.sessions[1].last_offset = Offset(39); },
     Epochs::renew_all},
    {"events that were committed and not noted",
     [](IdentityFacts& f) { f.sessions[1].last_offset = Offset(41); }, Epochs::keep},
    {"a session that the sidecar does not know, after a kill",
     [](IdentityFacts& f) { f.sidecar->sessions.erase(SessionKey(2)); }, Epochs::keep},
    {"a session with events that the sidecar does not know, after an orderly end",
     [](IdentityFacts& f) {
       f.sidecar->sessions.erase(SessionKey(2));
       f.sidecar->header.clean = true;
     },
     Epochs::renew_all},
    {"a session without events that the sidecar does not know, after an orderly end",
     [](IdentityFacts& f) {
       f.sidecar->sessions.erase(SessionKey(5));
       f.sidecar->header.clean = true;
     },
     Epochs::keep},
    {"another epoch after an orderly end",
     [](IdentityFacts& f) {
       f.sidecar->sessions[SessionKey(2)].epoch = "x";
       f.sidecar->header.clean = true;
     },
     Epochs::renew_all},
    {"a session that was deleted, and the process killed before it was noted",
     [](IdentityFacts& f) { f.sessions.erase(f.sessions.begin()); }, Epochs::keep},
    {"another boot after an orderly end",
     [](IdentityFacts& f) {
       f.boot_id = "boot-b";
       f.sidecar->header.clean = true;
     },
     Epochs::keep},
    {"another boot with strict durability",
     [](IdentityFacts& f) {
       f.boot_id = "boot-b";
       f.sidecar->header.power_cut_takes_rows = false;
     },
     Epochs::keep},
    {"a power cut: what ran",
     [](IdentityFacts& f) { f.boot_id = "boot-b"; },
     Epochs::renew_some,
     {SessionKey(1)}},
    {"a power cut: what was written in the last start, too",
     [](IdentityFacts& f) {
       f.boot_id = "boot-b";
       f.sidecar->sessions[SessionKey(2)].start = 3;
     },
     Epochs::renew_some,
     {SessionKey(1), SessionKey(2)}},
    {"a power cut: what the sidecar does not know, too",
     [](IdentityFacts& f) {
       f.boot_id = "boot-b";
       f.sidecar->sessions.erase(SessionKey(5));
     },
     Epochs::renew_some,
     {SessionKey(1), SessionKey(5)}},
    {"a power cut while nothing ran",
     [](IdentityFacts& f) {
       f.boot_id = "boot-b";
       f.sessions[0].running = false;
       f.sidecar->sessions[SessionKey(1)].start = 2;
     },
     Epochs::keep},
    {"a power cut that took what was shown: the database is older",
     [](IdentityFacts& f) {
       f.boot_id = "boot-b";
       f.sessions[0].last_offset = Offset(499);
     },
     Epochs::renew_all},
};

TEST(IdentityRules, keep_epochs_exactly_where_nothing_that_was_shown_can_be_missing) {
  for (const Row& row : rows) {
    IdentityFacts facts = after_kill();
    row.change(facts);
    const IdentityVerdict verdict = judge(facts);
    EXPECT_EQ(verdict.epochs, row.epochs) << row.name << ": " << verdict.reason;
    EXPECT_EQ(verdict.sessions, row.sessions) << row.name;
    EXPECT_EQ(*verdict.reason == '\0', row.epochs == Epochs::keep) << row.name;
  }
}

}  // namespace
}  // namespace papi::events
