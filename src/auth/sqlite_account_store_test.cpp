#include "auth/sqlite_account_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "auth/account_race_contract.hpp"
#include "auth/account_store_contract.hpp"
#include "auth/audit.hpp"
#include "auth/sqlite_account_rows.hpp"
#include "auth/stream_token_contract.hpp"
#include "platform/base/random.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::auth {
namespace {

/// A database file of its own with the tables of accounts.
class AccountFile {
 public:
  AccountFile() {
    auto database = open();
    EXPECT_TRUE(schema::migrate(database));
  }
  ~AccountFile() {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }
  sqlite::Database open() const { return std::move(*sqlite::Database::open(path)); }
  std::vector<std::string> audit_subjects() const {
    auto database = open();
    auto rows = database.prepare("SELECT subject FROM audit_log ORDER BY id");
    std::vector<std::string> subjects;
    while (rows.step()) subjects.emplace_back(rows.text(0));
    return subjects;
  }
  void set_change_kinds(std::int64_t kind) const {
    auto database = open();
    database.prepare("UPDATE auth_changes SET kind = ?1").bind(1, kind).run();
  }

  const std::string path = testing::TempDir() + "account_store_" + random_hex(6) + ".db";
};

/// The store of the running service: a writer thread and readers.
class ServiceEngine {
 public:
  AccountStore& store(std::size_t) { return store_; }
  std::vector<std::string> audit_subjects() { return file_.audit_subjects(); }
  void set_change_kinds(std::int64_t kind) { file_.set_change_kinds(kind); }
  sqlite::Writer& writer() { return writer_; }

 private:
  AccountFile file_;
  SystemClock clock_;
  const LogOptions quiet_{LogLevel::critical, LogFormat::text, ""};
  Logger log_{quiet_, clock_};
  sqlite::Writer writer_{file_.open(), sqlite::Durability::batched, log_};
  std::unique_ptr<sqlite::Readers> readers_ = std::move(*sqlite::Readers::open(file_.path, 1, log_));
  SqliteAccountStore store_{writer_, *readers_};
};

/// Commands that run at the same time: each caller has a connection, as another process has.
class CommandEngine {
 public:
  CommandEngine() {
    for (int i = 0; i < 8; ++i) databases_.push_back(std::make_unique<sqlite::Database>(file_.open()));
    for (auto& database : databases_)
      stores_.push_back(std::make_unique<SqliteConnectionAccountStore>(*database));
  }
  AccountStore& store(std::size_t caller) { return *stores_[caller]; }
  std::vector<std::string> audit_subjects() { return file_.audit_subjects(); }
  void set_change_kinds(std::int64_t kind) { file_.set_change_kinds(kind); }

 private:
  AccountFile file_;
  std::vector<std::unique_ptr<sqlite::Database>> databases_;
  std::vector<std::unique_ptr<SqliteConnectionAccountStore>> stores_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(OfTheService, AccountStoreContract, ServiceEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(OfTheService, AccountRaceContract, ServiceEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(OfCommands, AccountStoreContract, CommandEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(OfCommands, AccountRaceContract, CommandEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(OfTheService, StreamTokenContract, ServiceEngine);
INSTANTIATE_TYPED_TEST_SUITE_P(OfCommands, StreamTokenContract, CommandEngine);

/// Holds the writer thread, so that the jobs that come next share one transaction.
struct SqliteAccountStoreGroups : testing::Test {
  SqliteAccountStoreGroups() {
    threads.start();
    std::shared_future<void> released = release.get_future().share();
    std::promise<void> holding;
    held = spawn(engine.writer().write(executor(), [released, &holding](sqlite::Database&) {
      holding.set_value();
      released.wait();
    }));
    holding.get_future().get();
  }
  Executor executor() { return threads.executor(0); }
  template <class T>
  std::future<T> spawn(Task<T> task) {
    return net::co_spawn(executor(), std::move(task), net::use_future);
  }
  std::future<Result<bool>> add(const std::string& name, std::optional<Error> error, int& runs) {
    NewUser user;
    user.user = fresh_user(name, "", Role::user, 1);
    AccountStore::Work<bool> work = [user, error, &runs](AccountTransaction& accounts) -> Task<Result<bool>> {
      ++runs;
      CO_TRY(const bool added, co_await accounts.add_user(user));
      if (error) co_return *error;
      co_return added;
    };
    return spawn(engine.store(0).transact<bool>(executor(), std::move(work)));
  }
  bool stored(const std::string& name) {
    const auto user = spawn(engine.store(0).user_by_name(executor(), name)).get();
    return user && user->has_value();
  }

  IoThreads threads{1};  // outlives the engine, whose threads still touch it after they have answered
  ServiceEngine engine;
  std::promise<void> release;
  std::future<Result<void>> held;
};

TEST_F(SqliteAccountStoreGroups, work_is_repeated_when_another_job_of_its_group_fails_and_counts_once) {
  int runs = 0;
  auto ann = add("ann", std::nullopt, runs);
  auto bad = spawn(engine.writer().write(
      executor(), [](sqlite::Database& database) { database.execute("no such statement"); }));
  auto bob = add("bob", std::nullopt, runs);
  // The three are enqueued on the executor's thread, in this order, before this is.
  net::co_spawn(
      executor(), []() -> Task<void> { co_return; }, net::use_future)
      .get();
  release.set_value();
  EXPECT_EQ(ann.get().value(), true);
  EXPECT_EQ(bob.get().value(), true);
  EXPECT_FALSE(bad.get());
  EXPECT_TRUE(stored("ann") && stored("bob"));
  EXPECT_EQ(runs, 3) << "ann's with the group and alone, bob's alone";
}

TEST_F(SqliteAccountStoreGroups, an_error_is_taken_back_without_a_repetition_of_the_group) {
  int runs = 0;
  auto ann = add("ann", std::nullopt, runs);
  auto refused = add("eve", Error(ErrorCode::conflict, "no"), runs);
  auto bob = add("bob", std::nullopt, runs);
  net::co_spawn(
      executor(), []() -> Task<void> { co_return; }, net::use_future)
      .get();
  release.set_value();
  EXPECT_EQ(ann.get().value(), true);
  EXPECT_EQ(bob.get().value(), true);
  EXPECT_EQ(refused.get().error().message, "no");
  EXPECT_TRUE(stored("ann") && stored("bob"));
  EXPECT_FALSE(stored("eve"));
  EXPECT_EQ(runs, 3) << "each once";
}

}  // namespace papi::auth
