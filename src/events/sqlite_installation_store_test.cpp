#include "events/sqlite_installation_store.hpp"

#include "events/installation_store_contract.hpp"
#include "events/picture_keys.hpp"
#include "tests/sqlite_fixture.hpp"

namespace papi::events {
namespace {

class SqliteInstallation {
 public:
  std::unique_ptr<InstallationStore> connect() { return std::make_unique<Process>(database_.path); }
  void damage(const std::string& name) {
    auto database = sqlite::Database::open(database_.path);
    auto row = database->prepare("INSERT INTO installation(name, value) VALUES (?1, ?2)");
    row.bind(1, name).bind_blob(2, "x").run();
  }

 private:
  struct Process final : InstallationStore {
    explicit Process(const std::string& path)
        : database(std::move(*sqlite::Database::open(path))), store(database) {}
    Result<Secret> secret(std::string_view name, std::size_t bytes) override {
      return store.secret(name, bytes);
    }
    sqlite::Database database;
    SqliteInstallationStore store;
  };
  sqlite::StoreFixture database_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, InstallationStoreContract, SqliteInstallation);

TEST(PictureKeys, have_the_secret_of_the_installation) {
  SqliteInstallation first, second;
  const auto key = [](SqliteInstallation& installation) {
    const auto keys = PictureKeys::load(*installation.connect());
    EXPECT_TRUE(keys);
    return keys->key_of(UserId(7));
  };
  EXPECT_EQ(key(first), key(first)) << "also the next time";
  EXPECT_NE(key(first), key(second));
}

}  // namespace
}  // namespace papi::events
