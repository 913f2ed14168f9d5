#include "auth/audit.hpp"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <filesystem>

#include "platform/base/random.hpp"
#include "platform/net/io_threads.hpp"

namespace papi::auth {
namespace {

using namespace std::chrono_literals;

struct AuditTrailTest : testing::Test {
  AuditTrailTest() {
    auto database = sqlite::Database::open(path);
    EXPECT_TRUE(AuditTrail::prepare(*database));
    readers = std::move(*sqlite::Readers::open(path, 1, log));
    writer.emplace(std::move(*database), sqlite::Durability::batched, log);
    trail.emplace(threads.executor(0), *writer, *readers, log, clock);
    threads.start();
    recording = net::co_spawn(threads.executor(0), trail->run(), net::use_future);
  }
  ~AuditTrailTest() override {
    net::post(threads.executor(0), [this] { trail->stop(); });
    recording.get();
    threads.stop();
    writer.reset(), readers.reset();
    for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail);
  }

  void record(AuditKind kind, bool success, const std::string& address) {
    AuditRecord entry;
    entry.kind = kind, entry.success = success, entry.client_ip = address;
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

}  // namespace
}  // namespace papi::auth
