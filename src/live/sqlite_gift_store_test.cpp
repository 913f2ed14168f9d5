// The contract suite of the gift store, on SQLite.

#include "live/sqlite_gift_store.hpp"

#include <filesystem>
#include <optional>

#include "live/gift_store_contract.hpp"
#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::live {
namespace {

class SqliteGifts {
 public:
  SqliteGifts() {
    restart();
    threads_.start();
  }
  ~SqliteGifts() {
    writer_.reset();
    threads_.stop();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + tail);
  }
  GiftStore& gifts() { return *store_; }
  Executor executor() { return threads_.executor(0); }
  void restart() {
    store_.reset();
    writer_.reset();
    auto database = sqlite::Database::open(path_);
    EXPECT_TRUE(SqliteGiftStore::prepare(*database));
    writer_.emplace(std::move(*database), sqlite::Durability::batched, log_);
    store_.emplace(*writer_);
  }

 private:
  const std::string path_ = testing::TempDir() + "gift_store_" + random_hex(6) + ".db";
  SystemClock clock_;
  LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  IoThreads threads_{1};
  std::optional<sqlite::Writer> writer_;
  std::optional<SqliteGiftStore> store_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, GiftStoreContract, SqliteGifts);

}  // namespace papi::live
