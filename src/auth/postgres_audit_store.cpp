#include "auth/postgres_audit_store.hpp"

#include "platform/base/random.hpp"

namespace papi::auth {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;
using postgres::storable;
using postgres::WriteJob;
using postgres::Written;

// What a query matches: its kinds are $1, its time is $2, and $3 says whether only failures are wanted.
constexpr std::string_view matching =
    " FROM {schema}.audit_log WHERE kind = ANY ($1) AND at >= $2 AND (NOT success OR NOT $3)";

Statement count_by(const postgres::Schema& schema, std::string_view name, std::string_view column,
                   const std::vector<std::string>& kinds, const AuditQuery& query) {
  const std::string key(column);
  return Statement(
      name,
      schema.qualify("SELECT " + key + " COLLATE \"C\" AS counted, count(*) AS n" + std::string(matching) +
                     " AND " + key + " <> '' GROUP BY counted ORDER BY n DESC, counted LIMIT $4"),
      kinds, std::int64_t{query.since}, query.only_failures, max_audit_counts);
}

std::vector<std::pair<std::string, std::int64_t>> read_counts(const Rows& rows) {
  std::vector<std::pair<std::string, std::int64_t>> counts;
  counts.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    counts.emplace_back(rows[i].get<std::string>(0), rows[i].get<std::int64_t>(1));
  return counts;
}

AuditRecord read_record(const Row& row) {
  AuditRecord record;
  record.at = row.get<std::int64_t>(0);
  record.kind = stored_audit_kind(row.get<std::string_view>(1));
  record.success = row.get<bool>(2);
  record.username = row.get<std::string>(3);
  record.client_ip = row.get<std::string>(4);
  record.endpoint = row.get<std::string>(5);
  record.subject = row.get<std::string>(6);
  record.reason = row.get<std::string>(7);
  record.correlation_id = row.get<std::string>(8);
  return record;
}

}  // namespace

Statement insert_audit_records(const postgres::Schema& schema, const std::vector<AuditRecord>& records) {
  std::vector<std::int64_t> at;
  std::vector<std::int16_t> success;
  std::vector<std::string> kind, username, client_ip, endpoint, subject, reason, correlation_id;
  for (const AuditRecord& record : records) {
    at.push_back(record.at);
    kind.emplace_back(to_string(record.kind));
    success.push_back(record.success ? 1 : 0);
    username.push_back(storable(audit_text(record.username)));
    client_ip.push_back(storable(record.client_ip));
    endpoint.push_back(storable(record.endpoint));
    subject.push_back(storable(audit_text(record.subject)));
    reason.push_back(storable(audit_text(record.reason)));
    correlation_id.push_back(storable(record.correlation_id));
  }
  return Statement(
      "add_audit_records",
      schema.qualify(
          "INSERT INTO {schema}.audit_log (at, kind, success, username, client_ip, endpoint, "
          "subject, reason, correlation_id) SELECT at, kind, success <> 0, username, "
          "client_ip, endpoint, subject, reason, correlation_id "
          "FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY AS r(at, kind, "
          "success, username, client_ip, endpoint, subject, reason, correlation_id, n) ORDER BY n"),
      at, kind, success, username, client_ip, endpoint, subject, reason, correlation_id);
}

Task<Result<void>> PostgresAuditStore::append(Executor, std::vector<AuditRecord> records) {
  if (records.empty()) co_return Result<void>();
  std::vector<Statement> statements;
  statements.push_back(insert_audit_records(schema_, records));
  WriteJob job(std::move(statements));
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write(std::move(job)));
  co_return Result<void>();
}

Task<Result<AuditPage>> PostgresAuditStore::read(Executor, AuditQuery query) {
  // Waits for the records that were given to the writer before.
  std::vector<Statement> nothing;
  CO_TRY([[maybe_unused]] const Written written, co_await writer_.write_repeatable(std::move(nothing)));
  std::vector<std::string> kinds;
  kinds.reserve(query.kinds.size());
  for (const AuditKind kind : query.kinds) kinds.emplace_back(to_string(kind));
  // One transaction, so that the records and the counts are of one moment.
  Segment look;
  look.emplace_back("begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  look.emplace_back("limits", "SET LOCAL statement_timeout = '10s'");
  look.emplace_back("audit_records",
                    schema_.qualify("SELECT at, kind, success, username, client_ip, endpoint, subject, "
                                    "reason, correlation_id" +
                                    std::string(matching) + " ORDER BY id DESC LIMIT $4"),
                    kinds, std::int64_t{query.since}, query.only_failures,
                    static_cast<std::int64_t>(query.limit));
  const std::size_t recent = look.size() - 1;
  look.push_back(count_by(schema_, "audit_by_kind", "kind", kinds, query));
  look.push_back(count_by(schema_, "audit_by_ip", "client_ip", kinds, query));
  look.push_back(count_by(schema_, "audit_by_user", "coalesce(nullif(username, ''), subject)", kinds, query));
  look.emplace_back("commit", "COMMIT");
  CO_TRY(const std::vector<Rows> rows, co_await pool_.ask(std::move(look)));
  AuditPage page;
  page.recent.reserve(rows[recent].size());
  for (std::size_t i = 0; i < rows[recent].size(); ++i) page.recent.push_back(read_record(rows[recent][i]));
  page.totals.by_kind = read_counts(rows[recent + 1]);
  page.totals.by_ip = read_counts(rows[recent + 2]);
  page.totals.by_user = read_counts(rows[recent + 3]);
  for (const auto& [kind, count] : page.totals.by_kind) page.totals.total += count;
  co_return page;
}

Task<Result<std::size_t>> PostgresAuditStore::erase_before(Executor, UnixMs before, std::size_t limit) {
  Statement erase("erase_audit_records",
                  schema_.qualify("DELETE FROM {schema}.audit_log WHERE id IN (SELECT id FROM "
                                  "{schema}.audit_log WHERE at < $1 LIMIT $2)"),
                  std::int64_t{before}, static_cast<std::int64_t>(limit));
  CO_TRY(const Rows rows, co_await writer_.write_repeatable(std::move(erase)));
  co_return static_cast<std::size_t>(rows.affected());
}

}  // namespace papi::auth
