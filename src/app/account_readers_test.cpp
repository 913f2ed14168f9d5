#include "app/account_readers.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "auth/sqlite_account_rows.hpp"
#include "auth/sqlite_account_store.hpp"
#include "events/sqlite_share_store.hpp"
#include "platform/base/random.hpp"
#include "platform/base/run_here.hpp"
#include "schema/sqlite_schema.hpp"

namespace papi::app {
namespace {

struct AccountReadersTest : testing::Test {
  AccountReadersTest() : database(std::move(*sqlite::Database::open(path))) {
    EXPECT_TRUE(schema::migrate(database));
  }
  ~AccountReadersTest() override {
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  auth::User user(const std::string& name) {
    auth::NewUser add;
    add.user = auth::fresh_user(name, name + "@example.org", auth::Role::user, 1);
    add.password_hash = "x";
    EXPECT_TRUE(auth::store::add_user(database, add));
    return add.user;
  }
  auth::ApiKey key(const auth::User& owner) {
    auth::ApiKey made =
        auth::fresh_key(owner, "k", owner.permissions, std::chrono::days(1), clock.now_ms()).key;
    auth::store::add_key(database, made);
    return made;
  }
  void share(std::int64_t session, const std::string& reader) {
    database.prepare("INSERT INTO session_shares VALUES (?1, ?2, 1)").bind(1, session).bind(2, reader).run();
  }
  /// Returns all shares as `session:reader`, separated by commas.
  std::string shares() {
    std::string text;
    for (const auto& [session, list] : *events::SqliteShareStore::shares_in(database)) {
      for (const auto& share : list)
        text += (text.empty() ? "" : ",") + std::to_string(session.value()) + ":" + share.reader;
    }
    return text;
  }

  std::string path = testing::TempDir() + "readers_" + random_hex(6) + ".db";
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  sqlite::Database database;
};

}  // namespace

TEST_F(AccountReadersTest, finds_a_key_by_its_id_before_a_user_by_name_and_only_those_who_may_call) {
  const auth::User ann = user("ann");
  const auth::ApiKey good = key(ann), revoked = key(ann), expired = key(ann);
  const auth::User namesake = user(good.id);  // a username may look like the id of a key
  auth::User idle = user("idle");
  idle.active = false;
  auth::store::update_user(database, idle);
  auth::store::revoke_key(database, revoked.id);
  auth::store::shorten_key(database, expired.id, clock.now_ms() - 1);
  auth::SqliteConnectionAccountStore store(database);
  auth::AccountCache cache({}, store);
  const RunHere::Make<Result<void>> refresh = [&](Executor executor) { return cache.refresh(executor); };
  ASSERT_TRUE(RunHere::without_waiting<Result<void>>(refresh));
  const AccountReaders directory(cache, clock);
  struct Row {
    std::string name, id, user_id;  // an empty id: not found
  };
  const Row rows[] = {
      {"ann", ann.id, ann.id}, {"ANN", ann.id, ann.id}, {good.id, good.id, ann.id},
      {ann.id, "", ""},        {revoked.id, "", ""},    {expired.id, "", ""},
      {"idle", "", ""},        {"nobody", "", ""},      {"", "", ""},
  };
  for (const Row& row : rows) {
    const auto found = directory.find(row.name);
    EXPECT_EQ(found ? found->id : "", row.id) << row.name;
    EXPECT_EQ(found ? found->user_id : "", row.user_id) << row.name;
    EXPECT_EQ(found && found->key, row.id == good.id) << row.name;
  }
  EXPECT_EQ(directory.by_id(ann.id)->name, "ann");
  EXPECT_EQ(directory.by_id(good.id)->name, good.id);
  EXPECT_EQ(directory.by_id(namesake.id)->name, good.id);
  EXPECT_TRUE(directory.by_id(idle.id)) << "disabled, but there";
  EXPECT_TRUE(directory.by_id(expired.id));
  EXPECT_FALSE(directory.by_id(revoked.id));
  EXPECT_FALSE(directory.by_id("ann")) << "a name is no id";
}

TEST_F(AccountReadersTest, the_database_ends_shares_with_their_users_keys_and_owners) {
  const auth::User ann = user("ann"), bob = user("bob");
  const auth::ApiKey first = key(bob), second = key(bob), other = key(ann);
  database
      .prepare(
          "INSERT INTO sessions(key, session_id, epoch, username, room_id, state, reason, wait_until_live, "
          "created_at, owner) VALUES (1, 'a', 'e', 'x', '', 'ended', '', 0, 1, ?1), "
          "(2, 'b', 'e', 'x', '', 'ended', '', 0, 1, 'u_other')")
      .bind(1, ann.id)
      .run();
  share(1, first.id);
  share(1, second.id);
  share(1, bob.id);
  share(2, bob.id);
  share(2, other.id);
  auth::store::key_used(database, first.id, 5);
  auth::store::shorten_key(database, first.id, 6);
  EXPECT_NE(shares().find("1:" + first.id), std::string::npos) << "a key that is used or ends is still one";
  ASSERT_TRUE(auth::store::revoke_key(database, first.id));
  EXPECT_EQ(shares().find(first.id), std::string::npos);
  EXPECT_NE(shares().find("1:" + second.id), std::string::npos);
  ASSERT_TRUE(auth::store::delete_user(database, bob.id, 1));
  EXPECT_EQ(shares(), "2:" + other.id) << "his keys are gone with him";
  share(1, "u_carl");
  ASSERT_TRUE(auth::store::delete_user(database, ann.id, 1));
  EXPECT_EQ(shares(), "") << "her sessions are shared no more, and her key reads none";
}

}  // namespace papi::app
