#include "events/sqlite_installation_store.hpp"

#include "platform/base/random.hpp"

namespace papi::events {

Result<Secret> SqliteInstallationStore::secret(std::string_view name, std::size_t bytes) {
  try {
    // Whoever inserts first decides. The others read what is there.
    const std::string fresh = random_bytes(bytes);
    auto insert = database_.prepare("INSERT OR IGNORE INTO installation(name, value) VALUES (?1, ?2)");
    insert.bind(1, name).bind_blob(2, fresh).run();
    auto row = database_.prepare("SELECT value FROM installation WHERE name = ?1");
    if (!row.bind(1, name).step() || row.blob(0).size() != bytes) {
      return Error(ErrorCode::database, "the secret '" + std::string(name) +
                                            "' of this installation is damaged: restore the database from a "
                                            "backup");
    }
    return Secret(std::string(row.blob(0)));
  } catch (const sqlite::DatabaseFault& fault) {
    return Error(ErrorCode::database, fault.what());
  }
}

}  // namespace papi::events
