// What only shares on SQLite have. session_store_contract.hpp has what every store promises.

#include "events/sqlite_share_store.hpp"

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
  /// The readers after the change, separated by commas; `failed` if the change failed.
  std::string names(Task<Result<SessionShares>> task) {
    const auto stored = get(std::move(task));
    if (!stored) return "failed";
    std::string text;
    for (const SessionShare& share : *stored) text += (text.empty() ? "" : ",") + share.reader;
    return text;
  }
  std::string add(SessionKey session, std::string reader, UnixMs at, std::vector<std::string> gone = {}) {
    const SessionShare share{std::move(reader), at};
    return names(shares.add(running.executor(), session, share, std::move(gone)));
  }
  std::string read(SessionKey session) { return names(shares.read(running.executor(), session)); }
  void execute(const char* sql) {
    sqlite::Writer::Job job = [sql](sqlite::Database& database) { database.execute(sql); };
    ASSERT_TRUE(get(running.writer.write(running.executor(), std::move(job))));
  }
  StoredSession row(SessionKey key, std::string owner) {
    StoredSession out = session();
    out.key = key;
    out.epoch = "e" + std::to_string(key.value());
    out.owner = std::move(owner);
    return out;
  }

  Running running;
  SqliteShareStore shares;
};

}  // namespace

TEST_F(ShareStoreTest, they_end_with_their_session_in_one_transaction) {
  ASSERT_TRUE(running.save(row(SessionKey(1), "u_ann")));
  add(SessionKey(1), "u_bob", 1);
  add(SessionKey(2), "u_bob", 1);
  execute("CREATE TRIGGER no BEFORE DELETE ON session_shares BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_FALSE(get(running.store.mark_deleted(running.executor(), SessionKey(1), 5)));
  EXPECT_EQ(read(SessionKey(1)), "u_bob");
  execute("DROP TRIGGER no");
  EXPECT_TRUE(get(running.store.mark_deleted(running.executor(), SessionKey(1), 5)));
  EXPECT_EQ(read(SessionKey(1)), "");
  EXPECT_EQ(read(SessionKey(2)), "u_bob") << "another session's stay";
}

TEST_F(ShareStoreTest, a_change_that_fails_leaves_everything_as_it_was) {
  add(SessionKey(1), "u_bob", 1);
  execute("CREATE TRIGGER no BEFORE INSERT ON session_shares BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_EQ(add(SessionKey(1), "u_carl", 2, {"u_bob"}), "failed");
  EXPECT_EQ(read(SessionKey(1)), "u_bob") << "what was to be dropped with it is there too";
  execute("DROP TRIGGER no");
  EXPECT_EQ(add(SessionKey(1), "u_carl", 2), "u_bob,u_carl");
}

}  // namespace papi::events
