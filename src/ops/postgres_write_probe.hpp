#pragma once

#include "ops/write_check.hpp"
#include "platform/log/logger.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::ops {

/// Returns the probe that writes the row of table write_check in PostgreSQL. While the server is away the
/// writer keeps the row, so the write becomes late and does not fail. The writer and the log must outlive it.
WriteProbe postgres_write_probe(postgres::Writer& writer, const postgres::Schema& schema, Logger& log);
/// The reason of a late write says what the writer knows of its connection. The writer must outlive it.
WriteFaultReasons postgres_write_faults(const postgres::Writer& writer);

}  // namespace papi::ops
