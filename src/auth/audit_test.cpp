#include "auth/audit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "auth/sqlite_audit_store.hpp"
#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"
#include "schema/sqlite_schema.hpp"
#include "tests/eventually.hpp"

namespace papi::auth {
namespace {

using namespace std::chrono_literals;

/// Refuses as many appends as it is told to, and counts the tries.
class RefusingStore final : public AuditStore {
 public:
  explicit RefusingStore(AuditStore& store) : store_(store) {}
  Task<Result<void>> append(Executor executor, std::vector<AuditRecord> records) override {
    ++tries;
    if (refusals.load() > 0) {
      --refusals;
      co_return Error(ErrorCode::unavailable, "away");
    }
    co_return co_await store_.append(executor, std::move(records));
  }
  Task<Result<AuditPage>> read(Executor executor, AuditQuery query) override {
    return store_.read(executor, std::move(query));
  }
  Task<Result<std::size_t>> erase_before(Executor executor, UnixMs before, std::size_t limit) override {
    return store_.erase_before(executor, before, limit);
  }
  std::atomic<int> refusals{0}, tries{0};

 private:
  AuditStore& store_;
};

struct AuditTrailTest : testing::Test {
  AuditTrailTest() {
    auto database = sqlite::Database::open(path);
    EXPECT_TRUE(schema::migrate(*database));
    readers = std::move(*sqlite::Readers::open(path, 1, log));
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    store.emplace(*writer, *readers);
    refusing.emplace(*store);
    trail.emplace(threads.executor(0), *refusing, log, clock, 1ms);
    threads.start();
    recording = net::co_spawn(threads.executor(0), trail->run(), net::use_future);
  }
  ~AuditTrailTest() override {
    net::post(threads.executor(0), [this] { trail->stop(); });
    recording.get();
    threads.stop();
    writer.reset();
    readers.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  void record(AuditKind kind, bool success, const std::string& address) {
    AuditRecord entry;
    entry.kind = kind;
    entry.success = success;
    entry.client_ip = address;
    trail->record(std::move(entry));
  }
  std::vector<AuditRecord> read(AuditKind kind) {
    AuditQuery query;
    query.kinds = {kind};
    query.limit = 1'000;
    auto page =
        net::co_spawn(threads.executor(0), trail->read(threads.executor(0), query), net::use_future).get();
    EXPECT_TRUE(page);
    return page->recent;
  }

  std::string path = testing::TempDir() + "audit_" + random_hex(6);
  ManualClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  IoThreads threads{1};
  std::unique_ptr<sqlite::Readers> readers;
  std::optional<sqlite::Writer> writer;
  std::optional<SqliteAuditStore> store;
  std::optional<RefusingStore> refusing;
  std::optional<AuditTrail> trail;
  std::future<void> recording;
};

TEST_F(AuditTrailTest, refusals_of_a_network_are_bounded_and_the_rest_is_counted_and_told) {
  for (int i = 0; i < 150; ++i) record(AuditKind::authentication, false, "192.0.2." + std::to_string(i));
  record(AuditKind::authentication, false, "198.51.100.1");
  EXPECT_EQ(read(AuditKind::authentication).size(), 101u);
  EXPECT_EQ(trail->count(AuditKind::authentication), 151u);
  EXPECT_TRUE(read(AuditKind::overflow).empty()) << "the minute is not over";
  clock.advance(60s);
  const auto overflow = read(AuditKind::overflow);
  ASSERT_EQ(overflow.size(), 1u);
  EXPECT_EQ(overflow[0].client_ip, "192.0.2.0/24");
  EXPECT_EQ(overflow[0].reason, "50 more refusals in a minute were counted only");
}

TEST_F(AuditTrailTest, what_was_done_and_lockouts_and_stolen_tokens_are_always_written) {
  for (int i = 0; i < 150; ++i) record(AuditKind::authentication, false, "192.0.2.1");
  for (int i = 0; i < 150; ++i) record(AuditKind::key_change, true, "192.0.2.1");
  EXPECT_EQ(read(AuditKind::key_change).size(), 150u);
  for (const AuditKind kind : {AuditKind::lockout, AuditKind::token_reuse}) {
    record(kind, false, "192.0.2.1");
    EXPECT_EQ(read(kind).size(), 1u) << to_string(kind);
  }
}

TEST_F(AuditTrailTest, what_the_store_refused_is_written_later_once_and_in_order) {
  refusing->refusals = 3;
  record(AuditKind::key_change, true, "192.0.2.1");
  EXPECT_TRUE(test::eventually([&] { return refusing->tries >= 4; }));
  record(AuditKind::key_change, true, "192.0.2.2");
  const auto found = read(AuditKind::key_change);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].client_ip, "192.0.2.2") << "newest first";
  EXPECT_EQ(found[1].client_ip, "192.0.2.1");

  // Also what a reader tried to write.
  refusing->refusals = 1;
  record(AuditKind::lockout, false, "192.0.2.3");
  EXPECT_TRUE(test::eventually([&] { return !read(AuditKind::lockout).empty(); }));
  EXPECT_EQ(read(AuditKind::lockout).size(), 1u);
}

TEST_F(AuditTrailTest, records_that_find_no_place_are_counted_and_told) {
  refusing->refusals = 1'000'000;
  const int more = 5;
  for (std::size_t i = 0; i < AuditTrail::max_waiting + more; ++i)
    record(AuditKind::key_change, true, "192.0.2.1");
  EXPECT_TRUE(test::eventually([&] { return trail->lost() == more && refusing->tries > 1; }));
  refusing->refusals = 0;
  EXPECT_TRUE(test::eventually([&] { return !read(AuditKind::overflow).empty(); }));
  EXPECT_EQ(read(AuditKind::overflow)[0].reason, "5 records were lost");
  EXPECT_EQ(trail->lost(), 5u) << "since the start";
}

TEST_F(AuditTrailTest, trim_deletes_all_that_is_older_but_nothing_of_the_last_31_days) {
  const auto trim = [&](int days) {
    net::co_spawn(threads.executor(0), trail->trim(std::chrono::days(days)), net::use_future).get();
  };
  for (int i = 0; i < 1'500; ++i) record(AuditKind::key_change, true, "192.0.2.1");
  EXPECT_EQ(read(AuditKind::key_change).size(), 1'000u) << "the limit of the query";
  clock.advance(31 * 24h);
  record(AuditKind::login, true, "192.0.2.1");
  trim(1);
  EXPECT_EQ(read(AuditKind::key_change).size(), 1'000u);
  clock.advance(1ms);
  trim(32);
  EXPECT_EQ(read(AuditKind::key_change).size(), 1'000u);
  trim(1);
  EXPECT_TRUE(read(AuditKind::key_change).empty());
  EXPECT_EQ(read(AuditKind::login).size(), 1u);
}

}  // namespace
}  // namespace papi::auth
