#pragma once

#include <chrono>

#include "events/installation_store.hpp"
#include "platform/base/run_here.hpp"
#include "platform/postgres/schema.hpp"
#include "platform/postgres/writer.hpp"

namespace papi::events {

/// The table `installation` in PostgreSQL, through the writer. Everything that it uses must outlive it;
/// `here` must also outlive the writer's thread, which must not be the calling one.
class PostgresInstallationStore final : public InstallationStore {
 public:
  /// `timeout`: how long secret() waits while the database is away. Then it fails with UNAVAILABLE.
  PostgresInstallationStore(RunHere& here, postgres::Writer& writer, const postgres::Schema& schema,
                            std::chrono::milliseconds timeout = std::chrono::seconds(30))
      : here_(here), writer_(writer), schema_(schema), timeout_(timeout) {}

  Result<Secret> secret(std::string_view name, std::size_t bytes) override;

 private:
  Task<Result<Secret>> find_or_make(Executor executor, std::string name, std::size_t bytes);

  RunHere& here_;
  postgres::Writer& writer_;
  const postgres::Schema schema_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace papi::events
