#include "platform/postgres/fault.hpp"

#include <gtest/gtest.h>

#include "platform/postgres/connect_fault.hpp"

namespace papi::postgres {

TEST(PostgresFault, each_sqlstate_has_its_kind_retry_and_code) {
  struct Case {
    const char* state;
    FaultKind kind;
    Retry retry;
    ErrorCode code;
  };
  const Case rows[] = {
      {"08000", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"08006", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"08P01", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"57P01", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"57P02", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"57P03", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"53300", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"25006", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"25P03", FaultKind::away, Retry::reconnect, ErrorCode::unavailable},
      {"40001", FaultKind::repeat, Retry::transaction, ErrorCode::unavailable},
      {"40P01", FaultKind::repeat, Retry::transaction, ErrorCode::unavailable},
      {"28P01", FaultKind::configuration, Retry::never, ErrorCode::unavailable},
      {"28000", FaultKind::configuration, Retry::never, ErrorCode::unavailable},
      {"3D000", FaultKind::configuration, Retry::never, ErrorCode::unavailable},
      {"42501", FaultKind::configuration, Retry::never, ErrorCode::unavailable},
      {"23505", FaultKind::conflict, Retry::never, ErrorCode::conflict},
      {"23P01", FaultKind::conflict, Retry::never, ErrorCode::conflict},
      {"QT001", FaultKind::fenced, Retry::never, ErrorCode::conflict},
      {"57014", FaultKind::timeout, Retry::never, ErrorCode::unavailable},
      {"55P03", FaultKind::timeout, Retry::never, ErrorCode::unavailable},
      {"53100", FaultKind::disk_full, Retry::never, ErrorCode::database},
      {"53200", FaultKind::refused, Retry::never, ErrorCode::database},
      {"22021", FaultKind::refused, Retry::never, ErrorCode::database},
      {"23502", FaultKind::refused, Retry::never, ErrorCode::database},
      {"23503", FaultKind::refused, Retry::never, ErrorCode::database},
      {"25P02", FaultKind::refused, Retry::never, ErrorCode::database},
      {"42P01", FaultKind::refused, Retry::never, ErrorCode::database},
      {"QT002", FaultKind::refused, Retry::never, ErrorCode::database},
      {"", FaultKind::refused, Retry::never, ErrorCode::database},
  };
  for (const Case& row : rows) {
    const Verdict verdict = judge(row.state);
    EXPECT_EQ(verdict.kind, row.kind) << row.state;
    EXPECT_EQ(verdict.retry, row.retry) << row.state;
    EXPECT_EQ(code_of(verdict.kind), row.code) << row.state;
    const Error error = DatabaseFault(row.kind, "secret table t").as_error();
    EXPECT_EQ(error.code, row.code) << row.state;
    EXPECT_EQ(error.message.find("secret"), std::string::npos) << row.state;
  }
}

TEST(PostgresFault, an_unknown_outcome_is_told_as_such) {
  DatabaseFault fault(FaultKind::away, "cut");
  fault.outcome_unknown = true;
  EXPECT_EQ(fault.as_error().message,
            "The database was lost during a write, which may or may not have been stored");
  EXPECT_EQ(fault.as_error().code, ErrorCode::unavailable);
}

TEST(PostgresFault, finds_the_sqlstate_of_a_failed_login_in_any_language) {
  EXPECT_EQ(sqlstate_in("connection to server at \"::1\", port 5 failed: FATAL:  28P01: password …"),
            "28P01");
  EXPECT_EQ(sqlstate_in("FATALE :  3D000: la base"), "3D000");
  EXPECT_EQ(sqlstate_in("failed: Connection refused\n\tIs the server running"), "");
  EXPECT_EQ(sqlstate_in("FATAL:  short"), "");
  EXPECT_EQ(sqlstate_in("FATAL:  28p01: x"), "");
  EXPECT_EQ(sqlstate_in(""), "");
}

}  // namespace papi::postgres
