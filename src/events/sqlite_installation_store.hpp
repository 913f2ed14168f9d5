#pragma once

#include "events/installation_store.hpp"
#include "platform/sqlite/database.hpp"

namespace papi::events {

/// The table `installation` in SQLite. The database must have the current schema and outlive it.
class SqliteInstallationStore final : public InstallationStore {
 public:
  explicit SqliteInstallationStore(sqlite::Database& database) : database_(database) {}

  Result<Secret> secret(std::string_view name, std::size_t bytes) override;

 private:
  sqlite::Database& database_;
};

}  // namespace papi::events
