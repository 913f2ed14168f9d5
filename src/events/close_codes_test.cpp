#include "events/close_codes.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace papi::events {

TEST(CloseCodes, an_error_that_refuses_a_handshake_has_a_code) {
  const struct {
    ErrorCode error;
    unsigned code;
  } rows[] = {{ErrorCode::authentication_required, 4001},
              {ErrorCode::authentication_failed, 4001},
              {ErrorCode::insufficient_permissions, 4003},
              {ErrorCode::not_found, 4004},
              {ErrorCode::rate_limited, 4029},
              {ErrorCode::unavailable, 1001},
              {ErrorCode::validation, 1008},
              {ErrorCode::database, 1011},
              {ErrorCode::internal, 1011}};
  for (const auto& row : rows) EXPECT_EQ(static_cast<unsigned>(close_code_of(row.error)), row.code);
}

TEST(CloseCodes, a_reason_has_the_code_that_its_clients_know) {
  const struct {
    websocket::CloseReason reason;
    unsigned code;
  } rows[] = {{credentials_ended, 4001},
              {access_withdrawn, 4003},
              {session_unknown, 4004},
              {session_gone, 4004},
              {queue_full, 4008}};
  for (const auto& row : rows) {
    EXPECT_EQ(static_cast<unsigned>(row.reason.code), row.code);
    EXPECT_LE(row.reason.text.size(), websocket::max_close_reason);
  }
}

TEST(CloseCodes, the_documentation_has_each_row) {
  std::ifstream file(std::filesystem::path(PAPI_SOURCE_DIR) / "docs/api.in.md");
  std::stringstream page;
  page << file.rdbuf();
  for (const CloseCodeRow& row : close_code_rows()) {
    const std::string line = "| " + std::to_string(static_cast<unsigned>(row.code)) + " | " +
                             std::string(row.description) + " | " + std::string(row.client) + " |\n";
    EXPECT_NE(page.str().find(line), std::string::npos) << line;
  }
}

}  // namespace papi::events
