#pragma once

#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::postgres {

/// Marks in the table `writer_marks` of the schema (migrations/postgres).
WriterMarks marks_in(const Schema& schema);

/// Deletes the marks of connections that have been gone for a day. For the start of the owner.
Statement forget_old_marks(const Schema& schema);

}  // namespace papi::postgres
