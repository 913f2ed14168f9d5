#include "app/error_rows.hpp"

#include <gtest/gtest.h>

#include <map>

namespace papi::app {

TEST(ErrorRows, every_code_has_one_row_with_a_meaning_and_a_remedy) {
  const http::ErrorTable table(error_rows());
  std::map<ErrorCode, int> rows;
  for (const http::ErrorRow& row : table.rows()) {
    ++rows[row.code];
    EXPECT_GE(row.status, 400u) << row.name;
    EXPECT_FALSE(row.name.empty());
    EXPECT_FALSE(row.description.empty()) << row.name << row.reason;
    EXPECT_FALSE(row.remedy.empty()) << row.name << row.reason;
  }
  for (const auto& [code, count] : rows) EXPECT_EQ(count, 1) << static_cast<int>(code);
  for (int code = 0; code <= static_cast<int>(ErrorCode::unavailable); ++code)
    EXPECT_EQ(rows.count(static_cast<ErrorCode>(code)), 1u) << code;
}

/// Names, statuses and reasons as docs/api.md and docs/errors.md promise them, written by hand.
TEST(ErrorRows, are_answered_as_promised) {
  struct Row {
    int code;
    unsigned status;
    const char* name;
    const char* reason;
  };
  const http::ErrorTable table(error_rows());
  for (const Row& row : {
           Row{static_cast<int>(ErrorCode::validation), 400, "VALIDATION_ERROR", ""},
           Row{static_cast<int>(ErrorCode::authentication_required), 401, "AUTHENTICATION_REQUIRED", ""},
           Row{static_cast<int>(ErrorCode::authentication_failed), 401, "AUTHENTICATION_FAILED", ""},
           Row{static_cast<int>(ErrorCode::insufficient_permissions), 403, "INSUFFICIENT_PERMISSIONS", ""},
           Row{static_cast<int>(ErrorCode::not_found), 404, "NOT_FOUND", ""},
           Row{static_cast<int>(ErrorCode::method_not_allowed), 405, "METHOD_NOT_ALLOWED", ""},
           Row{static_cast<int>(ErrorCode::request_timeout), 408, "REQUEST_TIMEOUT", ""},
           Row{static_cast<int>(ErrorCode::conflict), 409, "CONFLICT", ""},
           Row{static_cast<int>(ErrorCode::request_too_large), 413, "REQUEST_TOO_LARGE", ""},
           Row{static_cast<int>(ErrorCode::uri_too_long), 414, "URI_TOO_LONG", ""},
           Row{static_cast<int>(ErrorCode::unsupported_media_type), 415, "UNSUPPORTED_MEDIA_TYPE", ""},
           Row{static_cast<int>(ErrorCode::upgrade_required), 426, "VALIDATION_ERROR", ""},
           Row{static_cast<int>(ErrorCode::rate_limited), 429, "RATE_LIMIT_EXCEEDED", ""},
           Row{static_cast<int>(ErrorCode::headers_too_large), 431, "HEADERS_TOO_LARGE", ""},
           Row{static_cast<int>(ErrorCode::database), 500, "DATABASE_ERROR", ""},
           Row{static_cast<int>(ErrorCode::internal), 500, "INTERNAL_ERROR", ""},
           Row{static_cast<int>(ErrorCode::unavailable), 503, "SERVICE_UNAVAILABLE", ""},
           Row{static_cast<int>(ErrorCode::blocked), 502, "CONNECTION_ERROR", "blocked"},
           Row{static_cast<int>(ErrorCode::upstream_error), 502, "CONNECTION_ERROR", "upstream_error"},
           Row{static_cast<int>(ErrorCode::upstream_timeout), 502, "CONNECTION_ERROR", "upstream_timeout"},
           Row{1'000, 404, "CONNECTION_ERROR", "user_not_found"},
           Row{1'001, 409, "CONNECTION_ERROR", "user_offline"},
           Row{1'002, 503, "CONNECTION_ERROR", "sign_rate_limited"},
           Row{9'999, 500, "INTERNAL_ERROR", ""},
       }) {
    const http::ErrorRow& found = table.row(static_cast<ErrorCode>(row.code));
    EXPECT_EQ(found.status, row.status) << row.code;
    EXPECT_EQ(found.name, row.name) << row.code;
    EXPECT_EQ(found.reason, row.reason) << row.code;
  }
}

}  // namespace papi::app
