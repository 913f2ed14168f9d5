#include "auth/sqlite_audit_store.hpp"

namespace papi::auth {
namespace {

std::string rows_of(const AuditQuery& query) {
  std::string list;
  for (const AuditKind kind : query.kinds)
    list += (list.empty() ? "'" : ",'") + std::string(to_string(kind)) + "'";
  std::string where = " FROM audit_log WHERE kind IN (" + list + ") AND at >= ?1";
  if (query.only_failures) where += " AND success = 0";
  return where;
}

std::vector<std::pair<std::string, std::int64_t>> count_by(sqlite::Database& database,
                                                           const AuditQuery& query,
                                                           const std::string& column) {
  auto rows = database.prepare("SELECT " + column + ", count(*) AS n" + rows_of(query) + " AND " + column +
                               " <> '' GROUP BY 1 ORDER BY n DESC, 1 LIMIT ?2");
  rows.bind(1, query.since).bind(2, max_audit_counts);
  std::vector<std::pair<std::string, std::int64_t>> counts;
  while (rows.step()) counts.emplace_back(std::string(rows.text(0)), rows.integer(1));
  return counts;
}

AuditPage read_page(sqlite::Database& database, const AuditQuery& query) {
  AuditPage page;
  auto rows = database.prepare(
      "SELECT at, kind, success, username, client_ip, endpoint, subject, reason, correlation_id" +
      rows_of(query) + " ORDER BY id DESC LIMIT ?2");
  rows.bind(1, query.since).bind(2, static_cast<std::int64_t>(query.limit));
  while (rows.step()) {
    AuditRecord record;
    record.at = rows.integer(0);
    record.kind = stored_audit_kind(rows.text(1));
    record.success = rows.integer(2) != 0;
    record.username = rows.text(3);
    record.client_ip = rows.text(4);
    record.endpoint = rows.text(5);
    record.subject = rows.text(6);
    record.reason = rows.text(7);
    record.correlation_id = rows.text(8);
    page.recent.push_back(std::move(record));
  }
  page.totals.by_kind = count_by(database, query, "kind");
  page.totals.by_ip = count_by(database, query, "client_ip");
  page.totals.by_user = count_by(database, query, "coalesce(nullif(username, ''), subject)");
  for (const auto& [kind, count] : page.totals.by_kind) page.totals.total += count;
  return page;
}

}  // namespace

void store::add_audit_record(sqlite::Database& database, const AuditRecord& record) {
  database
      .cached(
          "INSERT INTO audit_log(at, kind, success, username, client_ip, endpoint, subject, reason, "
          "correlation_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
      .bind(1, record.at)
      .bind(2, to_string(record.kind))
      .bind(3, std::int64_t{record.success})
      .bind(4, audit_text(record.username))
      .bind(5, record.client_ip)
      .bind(6, record.endpoint)
      .bind(7, audit_text(record.subject))
      .bind(8, audit_text(record.reason))
      .bind(9, record.correlation_id)
      .run();
}

Task<Result<void>> SqliteAuditStore::append(Executor executor, std::vector<AuditRecord> records) {
  const auto shared = std::make_shared<const std::vector<AuditRecord>>(std::move(records));
  sqlite::Writer::Job job = [shared](sqlite::Database& database) {
    for (const AuditRecord& record : *shared) store::add_audit_record(database, record);
  };
  co_return co_await writer_.write(executor, std::move(job));
}

Task<Result<AuditPage>> SqliteAuditStore::read(Executor executor, AuditQuery query) {
  // Waits for the records that were given to the writer before.
  sqlite::Writer::Job nothing = [](sqlite::Database&) {};
  if (auto done = co_await writer_.write(executor, std::move(nothing)); !done) co_return done.error();
  std::function<AuditPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_page(database, query);
  };
  co_return co_await readers_.read<AuditPage>(executor, std::move(job));
}

Task<Result<std::size_t>> SqliteAuditStore::erase_before(Executor executor, UnixMs before,
                                                         std::size_t limit) {
  const auto erased = std::make_shared<std::size_t>(0);
  sqlite::Writer::Job job = [before, limit, erased](sqlite::Database& database) {
    database.cached("DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < ?1 LIMIT ?2)")
        .bind(1, before)
        .bind(2, static_cast<std::int64_t>(limit))
        .run();
    *erased = database.changes();
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return *erased;
}

}  // namespace papi::auth
