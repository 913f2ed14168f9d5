#include "copy/postgres_session.hpp"

#include "platform/postgres/migrations.hpp"
#include "platform/postgres/transaction.hpp"
#include "schema/postgres_schema.hpp"

namespace papi::copy {

using postgres::DatabaseFault;
using postgres::FaultKind;
using postgres::Reply;
using postgres::Rows;
using postgres::Segment;
using postgres::Statement;

namespace {

/// A scan of a large table, or a commit on a slow disk, may take minutes.
constexpr std::chrono::minutes answer_timeout{30};

}  // namespace

template <class T, class Make>
T PostgresSession::wait_for(Make make) {
  const RunHere::Make<T> task = std::move(make);
  return here_.blocking<T>(task);
}

Result<std::unique_ptr<PostgresSession>> PostgresSession::open(const postgres::Target& target,
                                                               std::string name) {
  std::unique_ptr<PostgresSession> session(new PostgresSession(std::move(name)));
  PostgresSession& self = *session;
  const auto connected = self.wait_for<Reply<void>>([&](Executor executor) {
    postgres::ConnectionOptions options;
    options.answer_timeout = answer_timeout;
    self.connection_ = std::make_unique<postgres::Connection>(executor, options);
    return self.connection_->connect(target);
  });
  if (connected) return session;
  Error why = self.error_of(connected.error());
  // A wrong password, user or name of the database is a wrong argument.
  if (connected.error().kind == FaultKind::configuration) why.code = ErrorCode::validation;
  return why;
}

Error PostgresSession::error_of(const DatabaseFault& fault) const {
  if (fault.kind == FaultKind::fenced)
    return Error(ErrorCode::conflict, name_ + ": another process has become its owner during the copy");
  std::string text = name_ + ": ";
  if (!fault.statement.empty()) text += fault.statement + ": ";
  return Error(ErrorCode::database, text + fault.what);
}

Result<Rows> PostgresSession::run(const Statement& statement) {
  auto rows = wait_for<Reply<Rows>>([&](Executor) { return connection_->query(statement); });
  if (!rows) return error_of(rows.error());
  return std::move(*rows);
}

Result<std::vector<Rows>> PostgresSession::segment(const Segment& statements) {
  auto rows = wait_for<Reply<std::vector<Rows>>>([&](Executor) { return connection_->segment(statements); });
  if (!rows) return error_of(rows.error());
  return std::move(*rows);
}

Result<std::uint64_t> PostgresSession::copy_in(const std::string& sql, std::string_view data) {
  const auto rows = wait_for<Reply<std::uint64_t>>([&](Executor) { return connection_->copy_in(sql, data); });
  if (!rows) return error_of(rows.error());
  return *rows;
}

Result<int> PostgresSession::migrate(const postgres::Schema& schema) {
  auto applied = wait_for<Result<int>>([&](Executor) {
    return postgres::migrate(*connection_, schema, schema::embedded_postgres_migrations());
  });
  if (!applied) return Error(applied.error().code, name_ + ": " + applied.error().message);
  return applied;
}

void PostgresSession::roll_back() {
  wait_for<Reply<void>>([&](Executor) -> Task<Reply<void>> {
    co_await postgres::rollback(*connection_);
    co_return Reply<void>();
  });
}

}  // namespace papi::copy
