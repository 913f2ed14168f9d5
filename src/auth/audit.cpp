#include "auth/audit.hpp"

#include <boost/asio/post.hpp>

#include "platform/http/route_table.hpp"

namespace papi::auth {
namespace {

constexpr std::string_view kind_names[] = {
    "authentication", "login",       "lockout",    "logout",       "token_reuse",  "permission", "rate_limit",
    "suspicious",     "user_change", "key_change", "token_change", "share_change", "overflow",
};

constexpr std::size_t max_text = 200;
constexpr int top_rows = 20;

/// One script per version. A released script never changes.
constexpr const char* audit_schema[] = {
    R"sql(
    CREATE TABLE audit_log (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      success INTEGER NOT NULL,
      username TEXT NOT NULL,
      client_ip TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      subject TEXT NOT NULL,
      reason TEXT NOT NULL,
      correlation_id TEXT NOT NULL
    );
    CREATE INDEX audit_log_by_kind ON audit_log(kind, at);
    CREATE INDEX audit_log_by_time ON audit_log(at);
    CREATE TRIGGER audit_log_no_change BEFORE UPDATE ON audit_log
      BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
    CREATE TRIGGER audit_log_no_removal BEFORE DELETE ON audit_log
      WHEN old.at > (unixepoch() - 30 * 86400) * 1000
      BEGIN SELECT RAISE(ABORT, 'audit records are kept for 30 days'); END;
    )sql",
};

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
  rows.bind(1, query.since).bind(2, std::int64_t{top_rows});
  std::vector<std::pair<std::string, std::int64_t>> counts;
  while (rows.step()) counts.emplace_back(std::string(rows.text(0)), rows.integer(1));
  return counts;
}

/// Lock-outs and stolen tokens are few by their own rules, and must not be hidden behind a flood of others.
bool is_bounded(const AuditRecord& record) {
  return !record.success && record.kind != AuditKind::lockout && record.kind != AuditKind::token_reuse;
}

AuditKind parse_kind(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kind_names); ++i) {
    if (kind_names[i] == name) return static_cast<AuditKind>(i);
  }
  return AuditKind::overflow;
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
    record.kind = parse_kind(rows.text(1));
    record.success = rows.integer(2) != 0;
    record.username = rows.text(3), record.client_ip = rows.text(4), record.endpoint = rows.text(5);
    record.subject = rows.text(6), record.reason = rows.text(7), record.correlation_id = rows.text(8);
    page.recent.push_back(std::move(record));
  }
  page.totals.by_kind = count_by(database, query, "kind");
  page.totals.by_ip = count_by(database, query, "client_ip");
  // Who failed to log in is nobody yet: the name that was tried.
  page.totals.by_user = count_by(database, query, "coalesce(nullif(username, ''), subject)");
  for (const auto& [kind, count] : page.totals.by_kind) page.totals.total += count;
  return page;
}

}  // namespace

std::string_view to_string(AuditKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::vector<AuditKind> audit_kinds(std::string_view name) {
  std::vector<AuditKind> kinds;
  for (std::size_t i = 0; i < std::size(kind_names); ++i) {
    if (name == "all" || name == kind_names[i]) kinds.push_back(static_cast<AuditKind>(i));
  }
  return kinds;
}

std::string audit_kind_names() {
  std::string names;
  for (const std::string_view name : kind_names) (names += names.empty() ? "" : ", ") += name;
  return names;
}

AuditRecord record_of(const http::Exchange& exchange, AuditKind kind, bool success, std::string reason) {
  AuditRecord record;
  record.kind = kind;
  record.success = success;
  record.username = exchange.caller.username;
  record.client_ip = exchange.request.client_address;
  record.endpoint = exchange.route ? exchange.route->endpoint : "unmatched";
  record.reason = std::move(reason);
  record.correlation_id = exchange.correlation_id;
  return record;
}

Result<void> AuditTrail::prepare(sqlite::Database& database) {
  return database.migrate("audit", audit_schema);
}

void AuditTrail::append(sqlite::Database& database, const AuditRecord& record) {
  database
      .cached(
          "INSERT INTO audit_log(at, kind, success, username, client_ip, endpoint, subject, reason, "
          "correlation_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
      .bind(1, record.at)
      .bind(2, to_string(record.kind))
      .bind(3, std::int64_t{record.success})
      .bind(4, std::string_view(record.username).substr(0, max_text))
      .bind(5, record.client_ip)
      .bind(6, record.endpoint)
      .bind(7, std::string_view(record.subject).substr(0, max_text))
      .bind(8, std::string_view(record.reason).substr(0, max_text))
      .bind(9, record.correlation_id)
      .run();
}

void AuditTrail::refused(const http::Exchange& exchange, std::string subject, std::string reason) {
  AuditRecord entry = record_of(exchange, AuditKind::authentication, false, std::move(reason));
  entry.subject = std::move(subject);
  log_.warning("Authentication failed", {{"reason", entry.reason},
                                         {"username", entry.subject},
                                         {"client_ip", entry.client_ip},
                                         {"endpoint", entry.endpoint},
                                         {"correlation_id", entry.correlation_id}});
  record(std::move(entry));
}

void AuditTrail::record(AuditRecord record) {
  seen(record.kind);
  record.at = clock_.now_ms();
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    const bool begun = limit_.next_telling() != AuditLimit::Time::max();
    if (is_bounded(record) && !limit_.take(record.client_ip, clock_.steady())) {
      if (!begun) net::post(executor_, [this] { wake_.notify(); });  // run() waits for the minute's end then
      return;
    }
    if (queue_.size() >= max_waiting) {
      ++lost_;
      return;
    }
    first = queue_.empty();
    queue_.push_back(std::move(record));
  }
  if (first) net::post(executor_, [this] { wake_.notify(); });
}

void AuditTrail::add_overflows(std::deque<AuditRecord>& records, std::size_t lost) {
  AuditRecord overflow;
  overflow.at = clock_.now_ms();
  overflow.kind = AuditKind::overflow;
  if (lost > 0) {
    overflow.reason = std::to_string(lost) + " records were lost";
    records.push_back(overflow);
  }
  std::vector<AuditLimit::LeftOut> left_out;
  {
    std::lock_guard lock(mutex_);
    left_out = limit_.take_left_out(clock_.steady());
  }
  for (const auto& [prefix, count] : left_out) {
    overflow.client_ip = prefix;
    overflow.reason = std::to_string(count) + " more refusals in a minute were counted only";
    records.push_back(overflow);
  }
}

Task<void> AuditTrail::flush() {
  auto records = std::make_shared<std::deque<AuditRecord>>();
  std::size_t lost = 0;
  {
    std::lock_guard lock(mutex_);
    records->swap(queue_);
    lost = std::exchange(lost_, 0);
  }
  add_overflows(*records, lost);
  if (records->empty()) co_return;
  sqlite::Writer::Job job = [records](sqlite::Database& database) {
    for (const AuditRecord& record : *records) append(database, record);
  };
  auto written = co_await writer_.write(executor_, std::move(job));
  if (!written) log_.error("Audit records could not be written", {{"records", records->size()}});
}

Task<void> AuditTrail::run() {
  while (!stopping_) {
    bool empty = false;
    auto telling = AuditLimit::Time::max();
    {
      std::lock_guard lock(mutex_);
      empty = queue_.empty();
      telling = limit_.next_telling();
    }
    const auto wait = telling - clock_.steady();
    if (empty && telling == AuditLimit::Time::max()) {
      co_await wake_.wait();
    } else if (empty && wait > wait.zero()) {
      co_await wake_.wait_for(std::chrono::ceil<std::chrono::milliseconds>(wait));
    }
    co_await flush();
  }
  co_await flush();
}

void AuditTrail::stop() {
  stopping_ = true;
  wake_.notify();
}

Task<void> AuditTrail::trim(std::int64_t days) {
  const UnixMs before = clock_.now_ms() - std::max<std::int64_t>(31, days) * 86'400'000;
  constexpr std::int64_t step = 1'000;  // so that nobody waits long for the writer
  for (auto deleted = std::make_shared<std::int64_t>(step); *deleted == step && !stopping_;) {
    sqlite::Writer::Job job = [before, deleted](sqlite::Database& database) {
      database.cached("DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE at < ?1 LIMIT ?2)")
          .bind(1, before)
          .bind(2, step)
          .run();
      *deleted = static_cast<std::int64_t>(database.changes());
    };
    auto done = co_await writer_.write(executor_, std::move(job));
    if (!done) co_return log_.warning("Old audit records could not be deleted");
  }
}

Task<Result<AuditPage>> AuditTrail::read(Executor executor, AuditQuery query) {
  co_await run_on(executor_, flush());
  // Behind what run() may just have given to the writer.
  sqlite::Writer::Job nothing = [](sqlite::Database&) {};
  if (auto done = co_await writer_.write(executor, std::move(nothing)); !done) co_return done.error();
  std::function<AuditPage(sqlite::Database&)> job = [query = std::move(query)](sqlite::Database& database) {
    return read_page(database, query);
  };
  co_return co_await readers_.read<AuditPage>(executor, std::move(job));
}

}  // namespace papi::auth
