#include "ops/sqlite_write_probe.hpp"

namespace papi::ops {

WriteProbe sqlite_write_probe(sqlite::Writer& writer) {
  return [&writer](Executor executor, UnixMs now) {
    sqlite::Writer::Job job = [now](sqlite::Database& database) {
      database.cached("INSERT OR REPLACE INTO write_check VALUES (1, ?1)").bind(1, now).run();
    };
    return writer.write(executor, std::move(job));
  };
}

WriteFaultReasons sqlite_write_faults() {
  WriteFaultReasons reasons;
  reasons.late = [] { return std::string("the disk hangs, or another program holds a lock"); };
  reasons.failed = "the disk is full, the file is read-only, or another program holds a lock";
  return reasons;
}

}  // namespace papi::ops
