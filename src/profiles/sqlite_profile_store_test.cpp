#include "profiles/sqlite_profile_store.hpp"

#include "profiles/profile_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::profiles {
namespace {

class SqliteProfiles {
 public:
  SqliteProfiles() { store_.emplace(*database_.writer, *database_.readers); }

  Executor executor() { return database_.executor(); }
  ProfileStore& store() { return *store_; }
  void reopen() {
    store_.reset();
    database_.close();
    database_.open();
    store_.emplace(*database_.writer, *database_.readers);
  }
  std::size_t pictures() {
    return static_cast<std::size_t>(database_.number("SELECT count(*) FROM profile_images"));
  }

  void change(const std::string& sql) {
    auto database = sqlite::Database::open(database_.path);
    database->execute(sql.c_str());
  }

 private:
  sqlite::StoreFixture database_;
  std::optional<SqliteProfileStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ProfileStoreContract, SqliteProfiles);

}  // namespace
}  // namespace papi::profiles
