#include "platform/postgres/connection.hpp"

#include <poll.h>

#include "platform/base/text.hpp"
#include "platform/postgres/connection_operation.hpp"

namespace papi::postgres {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t max_value = 256u * 1024 * 1024;  // bytes of one parameter
constexpr int max_nulls = 3;                           // in a row, before the stream counts as broken
constexpr int binary = 1;

/// The server's own sentence, for the log.
std::string text_of(const char* message) {
  constexpr std::size_t longest = 500;
  std::string text = to_utf8(trim(message ? message : ""));
  if (text.size() > longest) text.resize(longest);
  return text;
}

std::vector<const Statement*> pointers_to(const Segment& segment) {
  std::vector<const Statement*> all;
  for (const Statement& statement : segment) all.push_back(&statement);
  return all;
}

Reply<void> check_values(const Statement& statement) {
  for (std::size_t i = 0; i < statement.values().size(); ++i) {
    const Value& value = statement.values()[i];
    const char* wrong = nullptr;
    if (value.has_zero_byte()) wrong = "text with a zero byte";
    if (value.bytes().size() > max_value) wrong = "larger than 256 MiB";
    if (!wrong) continue;
    DatabaseFault fault(FaultKind::unusable, "statement '" + statement.name() + "', parameter $" +
                                                 std::to_string(i + 1) + ": " + wrong);
    fault.statement = statement.name();
    return fault;
  }
  return {};
}

std::string field_of(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text ? text : "";
}

}  // namespace

/// What came so far of what was sent.
struct Connection::Answers {
  std::vector<SegmentReply> segments;
  std::optional<DatabaseFault> last_words;  // a fault with which the server ended the connection
  bool commit_failed = false;               // the segment under way cannot have been committed
};

Connection::Connection(Executor executor, ConnectionOptions options)
    : executor_(executor), options_(std::move(options)), wait_(executor) {}

Connection::~Connection() { close(); }

void Connection::close() {
  closed_ = true;
  if (resolving_) resolving_->notify();
  wait_.close();  // before libpq closes the socket
  connection_.reset();
}

bool Connection::alive() {
  if (!open() || busy_) return open();
  // A message of the server's end and the end itself may both be waiting.
  for (int i = 0; i < max_nulls; ++i) {
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    if (::poll(&socket, 1, 0) == 0) break;
    if (PQconsumeInput(connection_.get()) == 0 || !open()) {
      close();
      return false;
    }
    PQisBusy(connection_.get());  // reads what has come
  }
  return open();
}

bool Connection::idle() const {
  return open() && !busy_ && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE &&
         PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF;
}

DatabaseFault Connection::lost(SocketWait::Ready why) const {
  if (why == SocketWait::Ready::late)
    return DatabaseFault(FaultKind::timeout, "no answer in time; the connection was closed");
  if (why == SocketWait::Ready::closed || !connection_)
    return DatabaseFault(FaultKind::away, "the connection was closed");
  return DatabaseFault(FaultKind::away, text_of(PQerrorMessage(connection_.get())));
}

DatabaseFault Connection::fault_of(const PGresult* result, const std::string& statement) const {
  DatabaseFault fault;
  fault.sqlstate = field_of(result, PG_DIAG_SQLSTATE);
  // Without a code it is libpq itself, and then the connection is gone.
  fault.kind = fault.sqlstate.empty() ? FaultKind::away : judge(fault.sqlstate).kind;
  fault.what = text_of(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  if (fault.what.empty()) fault.what = text_of(PQresultErrorMessage(result));
  fault.constraint = field_of(result, PG_DIAG_CONSTRAINT_NAME);
  fault.statement = statement;
  return fault;
}

Reply<void> Connection::send(const std::vector<Pointers>& segments) {
  if (PQenterPipelineMode(connection_.get()) == 0) return lost(SocketWait::Ready::yes);
  for (const Pointers& segment : segments) {
    for (const Statement* statement : segment) {
      std::vector<Oid> types;
      std::vector<const char*> values;
      std::vector<int> lengths, formats;
      for (const Value& value : statement->values()) {
        types.push_back(value.type());
        values.push_back(value.is_null() ? nullptr : value.bytes().data());
        lengths.push_back(static_cast<int>(value.bytes().size()));
        formats.push_back(binary);
      }
      if (PQsendQueryParams(connection_.get(), statement->sql().c_str(), static_cast<int>(types.size()),
                            types.data(), values.data(), lengths.data(), formats.data(), binary) == 0) {
        return lost(SocketWait::Ready::yes);
      }
    }
    if (PQpipelineSync(connection_.get()) == 0) return lost(SocketWait::Ready::yes);
  }
  return {};
}

Task<Reply<void>> Connection::flush() {
  for (;;) {
    const int rest = PQflush(connection_.get());
    if (rest == 0) co_return Reply<void>();
    if (rest < 0) co_return lost(SocketWait::Ready::yes);
    // The server may be waiting for us to read before it takes more.
    const auto ready = co_await wait_.readable_or_writable();
    if (ready != SocketWait::Ready::yes) co_return lost(ready);
    if (PQconsumeInput(connection_.get()) == 0) co_return lost(SocketWait::Ready::yes);
  }
}

Task<Reply<PGresult*>> Connection::next_result() {
  while (PQisBusy(connection_.get()) != 0) {
    const auto ready = co_await wait_.readable();
    if (ready != SocketWait::Ready::yes) co_return lost(ready);
    // After a failure libpq still has a result that says why.
    if (PQconsumeInput(connection_.get()) == 0) break;
  }
  co_return PQgetResult(connection_.get());
}

Task<Reply<void>> Connection::read_answers(const std::vector<Pointers>& segments, Answers& answers) {
  int nulls = 0;
  SegmentReply reply;
  while (answers.segments.size() < segments.size()) {
    const Pointers& segment = segments[answers.segments.size()];
    CO_TRY(PGresult * raw, co_await next_result());
    const std::size_t at = reply.statements.size();
    const std::string name = at < segment.size() ? segment[at]->name() : std::string();
    Rows rows(raw, name);
    if (!raw) {
      if (!open() || ++nulls >= max_nulls) co_return lost(SocketWait::Ready::yes);
      continue;
    }
    nulls = 0;
    switch (PQresultStatus(raw)) {
      case PGRES_PIPELINE_SYNC:
        if (at < segment.size() && !reply.fault)
          co_return DatabaseFault(FaultKind::away, "an answer is missing; the connection was closed");
        while (reply.statements.size() < segment.size()) {
          DatabaseFault aborted(FaultKind::aborted, "a statement before it failed");
          aborted.statement = segment[reply.statements.size()]->name();
          reply.statements.emplace_back(std::move(aborted));
        }
        answers.segments.push_back(std::move(reply));
        reply = SegmentReply();
        answers.commit_failed = false;
        break;
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
      case PGRES_EMPTY_QUERY:
        if (at >= segment.size())
          co_return DatabaseFault(FaultKind::away, "an answer too many; the connection was closed");
        reply.statements.emplace_back(std::move(rows));
        break;
      case PGRES_PIPELINE_ABORTED:
        break;  // filled in at the Sync
      case PGRES_FATAL_ERROR: {
        DatabaseFault fault = fault_of(raw, name);
        const bool ends_connection = fault.kind == FaultKind::away;
        // An end of the connection proves nothing, also not before the last answer: a pooler, or libpq, says
        // so for whatever statement it waits for.
        if (!ends_connection) answers.commit_failed = true;
        if (ends_connection && !answers.last_words) answers.last_words = fault;
        if (!reply.fault) reply.fault = fault;
        if (at < segment.size()) reply.statements.emplace_back(std::move(fault));
        break;
      }
      default:  // COPY
        co_return DatabaseFault(FaultKind::unusable, "statement '" + name + "' is none for a pipeline");
    }
  }
  co_return Reply<void>();
}

Task<Reply<std::vector<SegmentReply>>> Connection::exchange(const std::vector<Pointers>& segments,
                                                            std::optional<milliseconds> timeout) {
  for (const Pointers& segment : segments) {
    for (const Statement* statement : segment) {
      if (auto sendable = check_values(*statement); !sendable) co_return std::move(sendable).error();
    }
  }
  if (busy_) co_return DatabaseFault(FaultKind::unusable, "the connection is in use");
  if (!open()) co_return DatabaseFault(FaultKind::away, "the connection was closed");

  Operation operation(*this, steady_clock::now() + timeout.value_or(options_.answer_timeout));
  Answers answers;
  auto result = send(segments);
  if (result) result = co_await flush();
  if (result) result = co_await read_answers(segments, answers);
  if (result && connection_ && PQexitPipelineMode(connection_.get()) == 0)
    result = lost(SocketWait::Ready::yes);
  if (!result) {
    DatabaseFault fault = std::move(result).error();
    if (answers.last_words && fault.kind == FaultKind::away) fault = *answers.last_words;
    // libpq sends by itself once its buffer is large, so from the first statement on some may be on its way.
    fault.outcome_unknown = answers.segments.size() < segments.size() && !answers.commit_failed;
    co_return fault;
  }
  operation.done();
  co_return std::move(answers.segments);
}

Task<Reply<std::vector<SegmentReply>>> Connection::pipeline(const std::vector<Segment>& segments,
                                                            std::optional<milliseconds> timeout) {
  std::vector<Pointers> all;
  all.reserve(segments.size());
  for (const Segment& segment : segments) all.push_back(pointers_to(segment));
  co_return co_await exchange(all, timeout);
}

Task<Reply<std::vector<Rows>>> Connection::segment(const std::vector<const Statement*>& statements,
                                                   std::optional<milliseconds> timeout) {
  const std::vector<Pointers> one{statements};
  CO_TRY(std::vector<SegmentReply> replies, co_await exchange(one, timeout));
  SegmentReply& reply = replies.front();
  if (reply.fault) co_return *std::move(reply.fault);
  std::vector<Rows> all;
  all.reserve(reply.statements.size());
  for (auto& rows : reply.statements) all.push_back(*std::move(rows));
  co_return all;
}

Task<Reply<std::vector<Rows>>> Connection::segment(const Segment& statements,
                                                   std::optional<milliseconds> timeout) {
  const Pointers all = pointers_to(statements);
  co_return co_await segment(all, timeout);
}

Task<Reply<Rows>> Connection::query(const Statement& statement, std::optional<milliseconds> timeout) {
  const Pointers one{&statement};
  CO_TRY(std::vector<Rows> all, co_await segment(one, timeout));
  co_return std::move(all.front());
}

Task<Reply<void>> Connection::script(const std::string& sql, std::optional<milliseconds> timeout) {
  if (sql.find('\0') != std::string::npos)
    co_return DatabaseFault(FaultKind::unusable, "the script has a zero byte");
  if (busy_) co_return DatabaseFault(FaultKind::unusable, "the connection is in use");
  if (!open()) co_return DatabaseFault(FaultKind::away, "the connection was closed");
  Operation operation(*this, steady_clock::now() + timeout.value_or(options_.answer_timeout));
  std::optional<DatabaseFault> failed;
  Reply<void> going;
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) going = lost(SocketWait::Ready::yes);
  if (going) going = co_await flush();
  while (going) {
    auto next = co_await next_result();
    if (!next) {
      going = std::move(next).error();
      break;
    }
    if (!*next) {
      if (!open()) going = lost(SocketWait::Ready::yes);
      break;
    }
    const Rows rows(*next, "script");
    const ExecStatusType status = PQresultStatus(*next);
    if (status == PGRES_FATAL_ERROR && !failed) failed = fault_of(*next, "script");
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
      co_return DatabaseFault(FaultKind::unusable, "a script must not COPY");
  }
  if (!going) {
    DatabaseFault fault = failed ? *std::move(failed) : std::move(going).error();
    fault.outcome_unknown = true;
    co_return fault;
  }
  operation.done();
  if (failed) co_return *std::move(failed);
  co_return Reply<void>();
}

}  // namespace papi::postgres
