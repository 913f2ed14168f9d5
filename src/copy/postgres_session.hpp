#pragma once

#include <optional>

#include "platform/base/run_here.hpp"
#include "platform/postgres/connection.hpp"
#include "platform/postgres/schema.hpp"

namespace papi::copy {

/// One connection whose calls block. Its faults are Errors for an operator.
class PostgresSession {
 public:
  /// `name` is the database's in messages. Fails with VALIDATION if only an operator can help, as with a
  /// wrong password.
  static Result<std::unique_ptr<PostgresSession>> open(const postgres::Target& target, std::string name);
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  template <class... Values>
  Result<postgres::Rows> query(std::string_view name, std::string_view sql, Values&&... values) {
    return run(postgres::Statement(name, sql, std::forward<Values>(values)...));
  }
  Result<postgres::Rows> run(const postgres::Statement& statement);
  /// All of them in one round trip; outside a transaction they are one.
  Result<std::vector<postgres::Rows>> segment(const postgres::Segment& statements);
  Result<std::uint64_t> copy_in(const std::string& sql, std::string_view data);
  Result<int> migrate(const postgres::Schema& schema);
  /// For a transaction that has failed.
  void roll_back();

  Error error_of(const postgres::DatabaseFault& fault) const;

 private:
  explicit PostgresSession(std::string name) : name_(std::move(name)) {}
  template <class T, class Make>
  T wait_for(Make make);

  const std::string name_;
  RunHere here_;
  std::unique_ptr<postgres::Connection> connection_;
};

}  // namespace papi::copy
