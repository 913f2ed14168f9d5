#pragma once

#include "ops/write_check.hpp"
#include "platform/sqlite/writer.hpp"

namespace papi::ops {

/// Returns the probe that writes the row of table write_check in SQLite. The writer must outlive it.
WriteProbe sqlite_write_probe(sqlite::Writer& writer);
WriteFaultReasons sqlite_write_faults();

}  // namespace papi::ops
