#pragma once

#include <optional>

#include "platform/postgres/connection.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"
#include "tests/postgres_server.hpp"

namespace papi::test {

/// A schema of the tests' server with the program's tables, which are empty. If `pooled`, its target is a
/// pgbouncer in transaction mode that lasts as long.
class PostgresSchema {
 public:
  explicit PostgresSchema(bool pooled);

  const postgres::Schema& schema() const { return schema_; }
  const postgres::Target& target() const { return target_; }
  /// The options of a writer as the program has it: the outcome of each lost commit becomes known.
  postgres::WriterOptions writer_options() const;

 private:
  std::optional<Pooler> pooler_;
  postgres::Schema schema_;
  postgres::Target target_;
};

}  // namespace papi::test
