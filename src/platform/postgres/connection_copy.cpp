// COPY … FROM STDIN: the fastest way to store many rows.

#include <algorithm>

#include "platform/postgres/connection.hpp"
#include "platform/postgres/connection_operation.hpp"

namespace papi::postgres {
namespace {

constexpr std::size_t piece = 64 * 1024;  // of the data, between two looks at the socket

}  // namespace

Task<Reply<std::uint64_t>> Connection::copy_in(const std::string& sql, std::string_view data,
                                               std::optional<milliseconds> timeout) {
  if (busy_) co_return DatabaseFault(FaultKind::unusable, "the connection is in use");
  if (!open()) co_return DatabaseFault(FaultKind::away, "the connection was closed");
  const std::string name = "copy";
  Operation operation(*this, std::chrono::steady_clock::now() + timeout.value_or(options_.answer_timeout));
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) co_return lost(SocketWait::Ready::yes);
  if (auto sent = co_await flush(); !sent) co_return std::move(sent).error();
  std::optional<DatabaseFault> failed;
  std::uint64_t rows = 0;
  for (bool sent = false;;) {
    CO_TRY(PGresult * raw, co_await next_result());
    if (!raw) break;
    const Rows result(raw, name);
    switch (PQresultStatus(raw)) {
      case PGRES_COPY_IN:
        if (std::exchange(sent, true))
          co_return DatabaseFault(FaultKind::unusable, "a copy must be one statement");
        for (std::size_t at = 0; at < data.size(); at += piece) {
          const std::string_view part = data.substr(at, piece);
          if (PQputCopyData(connection_.get(), part.data(), static_cast<int>(part.size())) != 1)
            co_return lost(SocketWait::Ready::yes);
          if (auto flushed = co_await flush(); !flushed) co_return std::move(flushed).error();
        }
        if (PQputCopyEnd(connection_.get(), nullptr) != 1) co_return lost(SocketWait::Ready::yes);
        if (auto flushed = co_await flush(); !flushed) co_return std::move(flushed).error();
        break;
      case PGRES_COMMAND_OK:
        rows = result.affected();
        break;
      case PGRES_FATAL_ERROR:
        if (!failed) failed = fault_of(raw, name);
        break;
      default:
        co_return DatabaseFault(FaultKind::unusable, "the statement is no COPY FROM STDIN");
    }
  }
  if (!open()) co_return failed ? *std::move(failed) : lost(SocketWait::Ready::yes);
  operation.done();
  if (failed) co_return *std::move(failed);
  co_return rows;
}

}  // namespace papi::postgres
