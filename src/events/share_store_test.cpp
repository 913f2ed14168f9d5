#include "events/share_store.hpp"

#include "events/log_fixture.hpp"

namespace papi::events {
using namespace testing_log;

namespace {

struct ShareStoreTest : LogFixture {
  ShareStoreTest() : running(open(path), path, log), shares(running.writer) {}

  template <class Value>
  Value get(Task<Value> task) {
    return net::co_spawn(running.executor(), std::move(task), net::use_future).get();
  }
  /// The readers after the change, by comma; `failed` if there was none.
  std::string names(Task<Result<SessionShares>> task) {
    const auto stored = get(std::move(task));
    if (!stored) return "failed";
    std::string text;
    for (const SessionShare& share : *stored) text += (text.empty() ? "" : ",") + share.reader;
    return text;
  }
  std::string add(std::int64_t session, std::string reader, UnixMs at, std::vector<std::string> gone = {}) {
    const SessionShare share{std::move(reader), at};
    return names(shares.add(running.executor(), session, share, std::move(gone)));
  }
  std::string remove(std::int64_t session, std::string reader) {
    return names(shares.remove(running.executor(), session, std::move(reader)));
  }
  std::string read(std::int64_t session) { return names(shares.read(running.executor(), session)); }
  void execute(const char* sql) {
    sqlite::Writer::Job job = [sql](sqlite::Database& database) { database.execute(sql); };
    ASSERT_TRUE(get(running.writer.write(running.executor(), std::move(job))));
  }
  StoredSession row(std::int64_t key, std::string owner) {
    StoredSession out = session();
    out.key = key, out.epoch = "e" + std::to_string(key), out.owner = std::move(owner);
    return out;
  }
  bool replace(StoredSession next, std::int64_t before) {
    return get(running.store.create_session(running.executor(), std::move(next), before)).has_value();
  }

  Running running;
  ShareStore shares;
};

}  // namespace

TEST_F(ShareStoreTest, keeps_the_shares_of_each_session_in_their_order_and_each_once) {
  EXPECT_EQ(add(1, "u_bob", 20), "u_bob");
  EXPECT_EQ(add(1, "k_carl", 10), "k_carl,u_bob");
  EXPECT_EQ(add(1, "u_bob", 5), "k_carl,u_bob") << "the first one stands";
  EXPECT_EQ(add(2, "u_bob", 30), "u_bob");
  EXPECT_EQ(remove(1, "u_dora"), "k_carl,u_bob");
  EXPECT_EQ(remove(1, "k_carl"), "u_bob");
  EXPECT_EQ(add(1, "u_eve", 40, {"u_bob", "u_none"}), "u_eve") << "in the same transaction";
  EXPECT_EQ(read(2), "u_bob");
  EXPECT_EQ(read(3), "");
  auto database = open(path);
  const auto all = ShareStore::load(database);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(all->at(1).at(0).reader, "u_eve");
  EXPECT_EQ(all->at(1).at(0).shared_at, 40);
  EXPECT_EQ(all->at(2).at(0).reader, "u_bob");
}

TEST_F(ShareStoreTest, they_end_with_their_session_in_one_transaction) {
  ASSERT_TRUE(running.save(row(1, "u_ann")));
  add(1, "u_bob", 1);
  add(2, "u_bob", 1);
  execute("CREATE TRIGGER no BEFORE DELETE ON session_shares BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_FALSE(get(running.store.mark_deleted(running.executor(), 1, 5)));
  EXPECT_EQ(read(1), "u_bob");
  execute("DROP TRIGGER no");
  EXPECT_TRUE(get(running.store.mark_deleted(running.executor(), 1, 5)));
  EXPECT_EQ(read(1), "");
  EXPECT_EQ(read(2), "u_bob") << "another session's stay";
}

TEST_F(ShareStoreTest, a_session_that_takes_the_place_of_another_has_its_shares_if_its_owner_is_the_same) {
  ASSERT_TRUE(running.save(row(1, "u_ann")));
  add(1, "u_bob", 1);
  ASSERT_TRUE(replace(row(2, "u_ann"), 1));
  EXPECT_EQ(read(1), "");
  EXPECT_EQ(read(2), "u_bob");
  ASSERT_TRUE(replace(row(3, "u_eve"), 2));
  EXPECT_EQ(read(2), "");
  EXPECT_EQ(read(3), "");
}

TEST_F(ShareStoreTest, a_change_that_fails_leaves_everything_as_it_was) {
  add(1, "u_bob", 1);
  execute("CREATE TRIGGER no BEFORE INSERT ON session_shares BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_EQ(add(1, "u_carl", 2, {"u_bob"}), "failed");
  EXPECT_EQ(read(1), "u_bob") << "what was to be dropped with it is there too";
  execute("DROP TRIGGER no");
  EXPECT_EQ(add(1, "u_carl", 2), "u_bob,u_carl");
}

}  // namespace papi::events
