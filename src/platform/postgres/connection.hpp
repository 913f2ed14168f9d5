#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/postgres/rows.hpp"
#include "platform/postgres/socket_wait.hpp"
#include "platform/postgres/url.hpp"

namespace papi::postgres {

using std::chrono::milliseconds;

struct ConnectionOptions {
  /// For name resolution, and again for each address that is tried: TCP, TLS and login. `connect_timeout` in
  /// DATABASE_URL overrides it.
  milliseconds connect_timeout{5'000};
  /// How long a call waits for its answer, unless it says otherwise. Then the connection is closed. It is a
  /// second limit behind statement_timeout, which ends a statement and keeps the connection.
  milliseconds answer_timeout{60'000};
  milliseconds tcp_user_timeout{20'000};
  std::string application_name = "papi";  // the program, in pg_stat_activity; at most 39 bytes
};

/// The statements between two Syncs. Without a BEGIN of its own a segment is one transaction: all of it is
/// stored or nothing.
using Segment = std::vector<Statement>;

struct SegmentReply {
  /// One for each statement: those before the failed one, the failed one, and `aborted` for the rest.
  std::vector<Reply<Rows>> statements;
  /// Of the statement that failed, or of the implicit commit at the segment's end.
  std::optional<DatabaseFault> fault;
};

/// One connection of libpq, driven by Asio. No call blocks the thread, with one exception: while it connects,
/// libpq reads the files of certificates and computes a SCRAM proof (some milliseconds).
///
/// It lives on the thread of `executor` and does one thing at a time. It must outlive its operations; close()
/// ends them with a fault. If an operation is cancelled or fails half-way, the connection is closed, so that
/// no answer is ever taken for that of another statement.
///
/// All statements are unnamed and have binary parameters and results, so that a pooler in transaction mode
/// may stand between.
class Connection {
 public:
  Connection(Executor executor, ConnectionOptions options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Tries each address of each host in turn. Called once. The fault says what an operator can do. `target`
  /// must outlive the call.
  Task<Reply<void>> connect(const Target& target);

  /// Runs one statement; outside a transaction it is one of its own.
  Task<Reply<Rows>> query(const Statement& statement, std::optional<milliseconds> timeout = {});
  /// Runs one segment in one round trip. The fault is that of the statement that failed.
  Task<Reply<std::vector<Rows>>> segment(const Segment& statements, std::optional<milliseconds> timeout = {});
  /// The same with statements that are kept elsewhere and outlive the call.
  Task<Reply<std::vector<Rows>>> segment(const std::vector<const Statement*>& statements,
                                         std::optional<milliseconds> timeout = {});
  /// Runs several segments in one round trip; each succeeds or fails by itself. Fails as a whole only if the
  /// connection was lost or a parameter cannot be sent; `outcome_unknown` then says that something was sent
  /// whose answer is missing, and that no statement of it is known to have failed.
  Task<Reply<std::vector<SegmentReply>>> pipeline(const std::vector<Segment>& segments,
                                                  std::optional<milliseconds> timeout = {});
  /// Runs SQL of several statements without parameters, such as a migration, as one simple query.
  Task<Reply<void>> script(const std::string& sql, std::optional<milliseconds> timeout = {});
  /// Runs `COPY … FROM STDIN` with these bytes, also in a transaction. Returns the number of rows.
  Task<Reply<std::uint64_t>> copy_in(const std::string& sql, std::string_view data,
                                     std::optional<milliseconds> timeout = {});

  /// Whether it is connected, as far as is known without asking the server.
  bool open() const { return connection_ && PQstatus(connection_.get()) == CONNECTION_OK; }
  /// Also looks, without waiting, whether the server has closed it.
  bool alive();
  /// Whether another caller may have it: nothing is under way, no transaction is open, the pipeline is off.
  bool idle() const;
  PGTransactionStatusType transaction_status() const { return PQtransactionStatus(connection_.get()); }
  bool encrypted() const { return connection_ && PQsslInUse(connection_.get()); }
  std::chrono::steady_clock::time_point opened_at() const { return opened_at_; }

  /// Closes it now. What is under way ends with a fault of kind `away`.
  void close();

 private:
  using Deadline = SocketWait::Deadline;
  class Operation;  // closes the connection if it is left half-way
  class Resolving;
  struct Answers;

  Task<Reply<std::vector<std::string>>> resolve(const Host& host, Deadline deadline);
  Task<Reply<void>> connect_to(const Target& target, const Host& host, const std::string& address);
  Task<Reply<void>> poll_until_connected(const Target& target, const Host& host);
  using Pointers = std::vector<const Statement*>;
  Task<Reply<std::vector<SegmentReply>>> exchange(const std::vector<Pointers>& segments,
                                                  std::optional<milliseconds> timeout);
  Reply<void> send(const std::vector<Pointers>& segments);
  Task<Reply<void>> flush();
  /// The next result; null ends a statement's. Never blocks.
  Task<Reply<PGresult*>> next_result();
  Task<Reply<void>> read_answers(const std::vector<Pointers>& segments, Answers& answers);
  DatabaseFault lost(SocketWait::Ready why) const;
  DatabaseFault fault_of(const PGresult* result, const std::string& statement) const;
  milliseconds connect_timeout(const Target& target) const;

  const Executor executor_;
  const ConnectionOptions options_;
  SocketWait wait_;
  Handle<PGconn, PQfinish> connection_;
  bool busy_ = false;
  bool closed_ = false;            // by close()
  Notifier* resolving_ = nullptr;  // wakes a look-up of a name
  std::chrono::steady_clock::time_point opened_at_;
};

}  // namespace papi::postgres
