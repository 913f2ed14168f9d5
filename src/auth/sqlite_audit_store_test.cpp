#include "auth/sqlite_audit_store.hpp"

#include "auth/audit_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::auth {
namespace {

class SqliteAudit {
 public:
  SqliteAudit() { store_.emplace(*database_.writer, *database_.readers); }

  Executor executor() { return database_.executor(); }
  AuditStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    database_.close();
    database_.open();
    store_.emplace(*database_.writer, *database_.readers);
  }
  void refuse(bool on) {
    auto database = sqlite::Database::open(database_.path);
    database->execute(on ? "CREATE TRIGGER refused BEFORE INSERT ON audit_log WHEN new.endpoint = 'refused' "
                           "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END"
                         : "DROP TRIGGER refused");
  }

 private:
  sqlite::StoreFixture database_;
  std::optional<SqliteAuditStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AuditStoreContract, SqliteAudit);

}  // namespace
}  // namespace papi::auth
