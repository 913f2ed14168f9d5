#include "platform/postgres/fault.hpp"

#include <stdexcept>

#include "platform/base/enum_count.hpp"

namespace papi::postgres {
namespace {

struct SqlstateRow {
  std::string_view state;  // the whole code, or the class: its first two characters
  FaultKind kind;
};

// The first row that fits counts.
constexpr SqlstateRow sqlstate_rows[] = {
    {"08", FaultKind::away},       // connection exceptions; pgbouncer says 08P01 for all that it cannot do
    {"57P01", FaultKind::away},    // admin_shutdown
    {"57P02", FaultKind::away},    // crash_shutdown
    {"57P03", FaultKind::away},    // cannot_connect_now
    {"57P05", FaultKind::away},    // idle_session_timeout
    {"25P03", FaultKind::away},    // idle_in_transaction_session_timeout: the connection is closed
    {"25006", FaultKind::away},    // read_only_sql_transaction: a standby answers since a fail-over
    {"53300", FaultKind::away},    // too_many_connections
    {"40001", FaultKind::repeat},  // serialization_failure
    {"40P01", FaultKind::repeat},  // deadlock_detected
    {"28", FaultKind::configuration},
    {"3D000", FaultKind::configuration},  // invalid_catalog_name: no such database
    {"3F000", FaultKind::configuration},  // invalid_schema_name
    {"42501", FaultKind::configuration},  // insufficient_privilege
    {"23505", FaultKind::conflict},       // unique_violation
    {"23P01", FaultKind::conflict},       // exclusion_violation
    {"QT001", FaultKind::fenced},
    {"57014", FaultKind::timeout},  // query_canceled, by statement_timeout
    {"55P03", FaultKind::timeout},  // lock_not_available, by lock_timeout
    {"53100", FaultKind::disk_full},
};

constexpr std::string_view kind_names[] = {"away",    "repeat",  "configuration", "conflict",
                                           "fenced",  "timeout", "disk_full",     "refused",
                                           "aborted", "busy",    "unusable"};
static_assert(std::size(kind_names) == enum_count<FaultKind>());

}  // namespace

Retry retry_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::away:
      return Retry::reconnect;
    case FaultKind::repeat:
      return Retry::transaction;
    default:
      return Retry::never;
  }
}

Verdict judge(std::string_view sqlstate) {
  for (const SqlstateRow& row : sqlstate_rows) {
    if (sqlstate.starts_with(row.state)) return {row.kind, retry_of(row.kind)};
  }
  return {FaultKind::refused, Retry::never};
}

ErrorCode code_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::away:
    case FaultKind::repeat:
    case FaultKind::configuration:
    case FaultKind::timeout:
    case FaultKind::busy:
      return ErrorCode::unavailable;
    case FaultKind::conflict:
    case FaultKind::fenced:
      return ErrorCode::conflict;
    case FaultKind::disk_full:
    case FaultKind::refused:
    case FaultKind::aborted:
    case FaultKind::unusable:
      break;
  }
  return ErrorCode::database;
}

std::string_view to_string(FaultKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Error DatabaseFault::for_operator() const {
  if (kind == FaultKind::configuration) return Error(ErrorCode::validation, what);
  return Error(kind == FaultKind::refused ? ErrorCode::database : code_of(kind), what);
}

Error DatabaseFault::as_error() const {
  if (outcome_unknown) {
    return Error(ErrorCode::unavailable,
                 "The database was lost during a write, which may or may not have been stored");
  }
  switch (kind) {
    case FaultKind::away:
    case FaultKind::configuration:
      return Error(code_of(kind), "The database cannot be reached; try again");
    case FaultKind::repeat:
      return Error(code_of(kind), "Others changed the same data; try again");
    case FaultKind::conflict:
      return Error(code_of(kind), "It exists already");
    case FaultKind::fenced:
      return Error(code_of(kind), "Another process has written since");
    case FaultKind::timeout:
      return Error(code_of(kind), "The database took too long; try again");
    case FaultKind::busy:
      return Error(code_of(kind), "Too many wait for the database; try again");
    case FaultKind::disk_full:
      return Error(code_of(kind), "The database has no room left");
    case FaultKind::refused:
    case FaultKind::aborted:
    case FaultKind::unusable:
      break;
  }
  return Error(code_of(kind), "The database did not accept a statement");
}

void throw_exception_from_error(const DatabaseFault& fault, const boost::source_location&) {
  throw std::logic_error("value of a failed Reply was asked for: " + fault.what);
}

}  // namespace papi::postgres
