#pragma once

#include "platform/postgres/connection.hpp"

namespace papi::postgres {

/// Marks the connection as in use. If it is destroyed before done(), by an early return, an exception or
/// because the coroutine was cancelled, answers may still be on their way: it closes the connection.
class Connection::Operation {
 public:
  Operation(Connection& connection, Deadline deadline) : connection_(connection) {
    connection_.busy_ = true;
    connection_.wait_.set_deadline(deadline);
  }
  ~Operation() {
    connection_.busy_ = false;
    connection_.wait_.clear_deadline();
    if (!done_) connection_.close();
  }
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  void done() { done_ = true; }

 private:
  Connection& connection_;
  bool done_ = false;
};

}  // namespace papi::postgres
