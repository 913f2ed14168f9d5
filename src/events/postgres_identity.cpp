#include "events/postgres_identity.hpp"

#include <functional>

namespace papi::events {
namespace {

using postgres::Connection;
using postgres::Reply;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

constexpr postgres::TransactionOptions limits{postgres::Isolation::read_committed,
                                              postgres::milliseconds(60'000), postgres::milliseconds(5'000)};

struct Settled {
  std::optional<std::string> reason;
  std::size_t sessions = 0;  // with a new epoch
};

/// A right that a call needs is checked even where the call is not reached, so it is left out of the query.
Task<Reply<DatabasePlace>> read_place(Connection& connection, const postgres::Schema& schema) {
  const Statement ask_rights(
      "rights",
      "SELECT coalesce(has_function_privilege(to_regprocedure('pg_catalog.pg_control_system()'), 'EXECUTE'), "
      "false), coalesce(has_function_privilege(to_regprocedure('pg_catalog.pg_current_wal_lsn()'), "
      "'EXECUTE') AND has_function_privilege(to_regprocedure('pg_catalog.pg_walfile_name(pg_lsn)'), "
      "'EXECUTE'), false)");
  CO_TRY(const Rows rights, co_await connection.query(ask_rights));
  std::string sql = "SELECT (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), ";
  sql += "'{schema}.events'::regclass::oid::bigint";
  sql += rights[0].get<bool>(0) ? ", (SELECT system_identifier::text FROM pg_control_system())" : ", ''";
  sql += rights[0].get<bool>(1) ? ", left(pg_walfile_name(pg_current_wal_lsn()), 8), "
                                  "pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
                                : ", '', 0::bigint";
  const Statement look("database_place", schema.qualify(sql));
  CO_TRY(const Rows rows, co_await connection.query(look));
  DatabasePlace place;
  place.database_oid = rows[0].get<std::int64_t>(0);
  place.events_oid = rows[0].get<std::int64_t>(1);
  place.system_id = rows[0].get<std::string>(2);
  place.timeline = rows[0].get<std::string>(3);
  place.wal_position = rows[0].get<std::int64_t>(4);
  co_return place;
}

Task<Reply<PlaceFacts>> read_facts(Connection& connection, const postgres::Schema& schema) {
  PlaceFacts facts;
  CO_TRY(facts.now, co_await read_place(connection, schema));
  // A row keeps the number of its transaction through VACUUM, VACUUM FULL, freezing and pg_upgrade. Loading
  // it from a dump or by logical replication is another transaction.
  const Statement look("stored_place",
                       schema.qualify("SELECT system_id, timeline, wal_position, database_oid, events_oid, "
                                      "xmin::text::bigint = written_by FROM {schema}.identity"));
  CO_TRY(const Rows rows, co_await connection.query(look));
  if (!rows.empty()) {
    const Row row = rows[0];
    DatabasePlace stored;
    stored.system_id = row.get<std::string>(0);
    stored.timeline = row.get<std::string>(1);
    stored.wal_position = row.get<std::int64_t>(2);
    stored.database_oid = row.get<std::int64_t>(3);
    stored.events_oid = row.get<std::int64_t>(4);
    facts.row_is_original = row.get<bool>(5);
    facts.stored = std::move(stored);
  }
  const Statement events("has_events", schema.qualify("SELECT EXISTS (SELECT FROM {schema}.sessions WHERE "
                                                      "state <> 'deleted' AND last_offset > 0)"));
  CO_TRY(const Rows found, co_await connection.query(events));
  facts.has_events = found[0].get<bool>(0);
  co_return facts;
}

Task<Reply<std::size_t>> renew_epochs(Connection& connection, const postgres::Schema& schema) {
  const Statement renew("renew_epochs",
                        schema.qualify("UPDATE {schema}.sessions SET epoch = left(replace(gen_random_uuid()"
                                       "::text, '-', ''), 16) WHERE state <> 'deleted'"));
  CO_TRY(const Rows rows, co_await connection.query(renew));
  co_return static_cast<std::size_t>(rows.affected());
}

Task<Reply<void>> store_place(Connection& connection, const postgres::Schema& schema,
                              const DatabasePlace& place) {
  const Statement store(
      "store_place",
      schema.qualify("INSERT INTO {schema}.identity (written_by, system_id, timeline, wal_position, "
                     "database_oid, events_oid) VALUES (pg_current_xact_id()::text::bigint & 4294967295, $1, "
                     "$2, $3, $4, $5) ON CONFLICT (one) DO UPDATE SET written_by = excluded.written_by, "
                     "system_id = excluded.system_id, timeline = excluded.timeline, wal_position = "
                     "excluded.wal_position, database_oid = excluded.database_oid, events_oid = "
                     "excluded.events_oid"),
      place.system_id, place.timeline, place.wal_position, place.database_oid, place.events_oid);
  if (auto stored = co_await connection.query(store); !stored) co_return stored.error();
  co_return Reply<void>();
}

Task<Reply<Settled>> settle(Connection& connection, const postgres::Schema& schema, const Statement& fence) {
  if (auto ours = co_await connection.query(fence); !ours) co_return ours.error();
  CO_TRY(const PlaceFacts facts, co_await read_facts(connection, schema));
  Settled settled;
  settled.reason = reason_for_new_epochs(facts);
  if (settled.reason) {
    CO_TRY(settled.sessions, co_await renew_epochs(connection, schema));
  }
  if (auto stored = co_await store_place(connection, schema, facts.now); !stored) co_return stored.error();
  co_return settled;
}

Task<Reply<std::size_t>> renew_and_store(Connection& connection, const postgres::Schema& schema) {
  CO_TRY(const std::size_t sessions, co_await renew_epochs(connection, schema));
  CO_TRY(const DatabasePlace place, co_await read_place(connection, schema));
  if (auto stored = co_await store_place(connection, schema, place); !stored) co_return stored.error();
  co_return sessions;
}

std::string changed(const char* what, const std::string& from, const std::string& to, const char* cause) {
  const std::string was = std::string(what) + " was " + from;
  if (to.empty()) return was + " and the role may not ask for it any more, so a change would not be seen";
  return was + " and is " + to + ": " + cause;
}

}  // namespace

std::optional<std::string> reason_for_new_epochs(const PlaceFacts& facts) {
  if (!facts.stored) {
    if (facts.has_events) return "the database has events and no identity";
    return std::nullopt;
  }
  const DatabasePlace &then = *facts.stored, &now = facts.now;
  // A fact that the role could not see at the last start says nothing. One that it cannot see any more may
  // hide a change.
  if (!then.system_id.empty() && then.system_id != now.system_id)
    return changed("the cluster's system identifier", then.system_id, now.system_id,
                   "the database was moved to another server, or upgraded by pg_upgrade");
  if (!then.timeline.empty() && then.timeline != now.timeline)
    return changed("the timeline", then.timeline, now.timeline,
                   "a standby was promoted, or the server was restored from an archive");
  if (then.database_oid != now.database_oid)
    return changed("the database's oid", std::to_string(then.database_oid), std::to_string(now.database_oid),
                   "the database was made anew from a dump or a template");
  if (then.events_oid != now.events_oid)
    return changed("the oid of the table events", std::to_string(then.events_oid),
                   std::to_string(now.events_oid), "the table was made anew from a dump");
  if (!facts.row_is_original) return "the rows of the database were loaded from a dump or a replica";
  if (then.wal_position > now.wal_position)
    return changed("the WAL position", std::to_string(then.wal_position),
                   now.wal_position == 0 ? "" : std::to_string(now.wal_position),
                   "the server's write-ahead log was reset");
  return std::nullopt;
}

Task<Result<void>> settle_identity(postgres::Pool& pool, const postgres::Schema& schema, Statement fence,
                                   Logger& log) {
  const std::function<Task<Reply<Settled>>(Connection&)> work = [&](Connection& connection) {
    return settle(connection, schema, fence);
  };
  const auto settled = co_await pool.transact<Settled>(limits, work);
  if (!settled) co_return settled.error().for_operator();
  if (settled->reason)
    log.warning("Sessions begin new epochs", {{"sessions", settled->sessions}, {"reason", *settled->reason}});
  co_return Result<void>();
}

Statement history_fence(const postgres::Schema& schema, std::int64_t lease_epoch) {
  return Statement("history_fence",
                   schema.qualify("SELECT {schema}.check_lease_v1($1, $2), {schema}.check_timeline_v1()"),
                   postgres::whole_database, lease_epoch);
}

Task<Result<std::size_t>> begin_new_epochs(postgres::Pool& pool, const postgres::Schema& schema) {
  const std::function<Task<Reply<std::size_t>>(Connection&)> work = [&](Connection& connection) {
    return renew_and_store(connection, schema);
  };
  CO_TRY(const std::size_t sessions, co_await pool.transact<std::size_t>(limits, work));
  co_return sessions;
}

}  // namespace papi::events
