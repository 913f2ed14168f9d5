#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

#include "platform/base/error.hpp"

namespace papi::postgres {

/// What a failure means for whoever asked. A new kind is a new row in fault.cpp.
enum class FaultKind {
  away,           // the server is not there, ends or takes no connection: reconnect, then again
  repeat,         // a serialisation failure or a deadlock: the whole transaction once more
  configuration,  // user, password, database or permission: only an operator can help
  conflict,       // a unique or exclusion constraint
  fenced,         // QT001, raised by our own functions: somebody else has written since
  timeout,        // a statement, a lock or the client's deadline took too long
  disk_full,      // the server has no room for it
  refused,        // any other error of the server: the statement or a value is wrong
  aborted,        // not run, as a statement before it in the same segment failed
  busy,           // ours: too many wait
  unusable,       // ours: not sent, as a parameter cannot be sent
};

enum class Retry { never, reconnect, transaction };

struct Verdict {
  FaultKind kind;
  Retry retry;
};

/// What a SQLSTATE (five characters; Appendix A of PostgreSQL's manual) means. Pure.
Verdict judge(std::string_view sqlstate);
Retry retry_of(FaultKind kind);
/// How the API answers it: `conflict` for conflict and fenced; `unavailable` if it may go away by itself
/// (away, repeat, configuration, timeout, busy); else `database`.
ErrorCode code_of(FaultKind kind);
std::string_view to_string(FaultKind kind);

/// What the server, the network or this driver reported. `what` is for the log and for operators: it may hold
/// names of tables and values of a row, and never a password. It becomes an Error, with a text of its own for
/// callers, at the store's boundary.
struct DatabaseFault {
  FaultKind kind = FaultKind::refused;
  std::string what;
  std::string sqlstate;    // empty: not from the server
  std::string statement;   // its name; empty: none
  std::string constraint;  // of a conflict
  /// The connection was lost behind a commit that had been sent: it may or may not have happened.
  bool outcome_unknown = false;

  DatabaseFault() = default;
  DatabaseFault(FaultKind fault_kind, std::string text) : kind(fault_kind), what(std::move(text)) {}

  Error as_error() const;
  /// For the start of the program and its commands, whose reader is the operator: says what is wrong.
  /// VALIDATION if user, password, database or a right is.
  Error for_operator() const;
  operator Error() const { return as_error(); }  // for CO_TRY in a store
};

template <class T>
using Reply = boost::system::result<T, DatabaseFault>;

[[noreturn]] void throw_exception_from_error(const DatabaseFault& fault, const boost::source_location& where);

}  // namespace papi::postgres
