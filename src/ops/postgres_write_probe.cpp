#include "ops/postgres_write_probe.hpp"

namespace papi::ops {
namespace {

Task<Result<void>> commit_row(postgres::Writer& writer, Logger& log, std::string sql, UnixMs now) {
  std::vector<postgres::Statement> statements;
  statements.emplace_back("write_check", sql, std::int64_t{now});
  postgres::WriteJob job(std::move(statements));
  job.repeatable = true;
  job.waits_for_server = true;  // so the check says that it is late, and why
  const auto written = co_await writer.write(std::move(job));
  if (written) co_return Result<void>();
  const postgres::DatabaseFault& fault = written.error();
  if (fault.kind == postgres::FaultKind::busy) co_return fault.as_error();
  log.error("The database did not take the row of the write check",
            {{"reason", fault.what}, {"sqlstate", fault.sqlstate}});
  co_return Error(ErrorCode::database, "The row of the write check could not be written");
}

std::string why_late(const postgres::DatabaseState& state) {
  if (state.needs_operator)
    return "the database server refuses the service; its user, password or database is wrong";
  if (!state.connected) return "the database server cannot be reached";
  return "the database server or its disk hangs, or another program holds a lock";
}

}  // namespace

WriteProbe postgres_write_probe(postgres::Writer& writer, const postgres::Schema& schema, Logger& log) {
  std::string sql = schema.qualify(
      "INSERT INTO {schema}.write_check (written_at) VALUES ($1) ON CONFLICT (one) DO UPDATE SET written_at "
      "= excluded.written_at");
  return [&writer, &log, sql = std::move(sql)](Executor, UnixMs now) {
    return commit_row(writer, log, sql, now);
  };
}

WriteFaultReasons postgres_write_faults(const postgres::Writer& writer) {
  WriteFaultReasons reasons;
  reasons.late = [&writer] { return why_late(writer.state()); };
  reasons.failed =
      "the server's disk is full, the table is missing or may not be written, another program holds a lock, "
      "or another process of this service owns the database";
  return reasons;
}

}  // namespace papi::ops
