#include "profiles/sqlite_profile_store.hpp"

#include "profiles/profile_store_contract.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::profiles {
namespace {

class SqliteProfiles : public sqlite::StoreEngine<ProfileStore, SqliteProfileStore> {
 public:
  std::size_t pictures() {
    return static_cast<std::size_t>(database_.number("SELECT count(*) FROM profile_images"));
  }

  void change(const std::string& sql) {
    auto database = sqlite::Database::open(database_.path);
    database->execute(sql.c_str());
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ProfileStoreContract, SqliteProfiles);

}  // namespace
}  // namespace papi::profiles
