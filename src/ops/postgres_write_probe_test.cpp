#include "ops/postgres_write_probe.hpp"

#include "schema/postgres_schema.hpp"
#include "tests/postgres_fixture.hpp"

namespace papi::ops {
namespace {

using namespace std::chrono_literals;

/// A server of its own, which the tests kill.
struct PostgresWriteProbe : postgres::ServerTest {
  test::PostgresServer own;
  const postgres::Schema schema = *postgres::Schema::parse("checked", "schema");
  ManualClock manual;
  std::optional<postgres::Writer> writer;
  std::optional<WriteCheck> check;

  PostgresWriteProbe() {
    const auto connection = connect(own.url());
    const auto made = run(postgres::migrate(*connection, schema, schema::embedded_postgres_migrations()));
    if (!made) throw std::runtime_error(made.error().message);
    open(own.url());
  }
  ~PostgresWriteProbe() override { stop(); }

  void open(const std::string& url) {
    postgres::WriterOptions of_writer;
    of_writer.transaction.lock_timeout = 1'500ms;
    writer.emplace(executor(), target_of(url), of_writer, log, Random(1));
    WriteCheck::Options options;
    options.max_wait = 100ms;
    check.emplace(executor(), postgres_write_probe(*writer, schema, log), postgres_write_faults(*writer),
                  manual, options);
  }
  void stop() { run(writer->stop(std::chrono::steady_clock::now())); }
  /// Waits for the row.
  void commit() {
    WriteCheck::Options patient;
    patient.max_wait = 60s;
    WriteCheck first(executor(), postgres_write_probe(*writer, schema, log), postgres_write_faults(*writer),
                     manual, patient);
    EXPECT_EQ(run(first.fault()), std::nullopt);
  }
  /// Asks until `expected` is the answer, for at most a minute.
  void expect(const std::optional<std::string>& expected) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    auto fault = run(check->fault());
    while (fault != expected && std::chrono::steady_clock::now() < limit) {
      io.run_one_for(10ms);  // the writer reconnects, or its answer arrives
      fault = run(check->fault());
    }
    EXPECT_EQ(fault, expected);
  }
  std::string written_at() {
    const auto connection = connect(own.url());
    return column(*connection, "SELECT written_at FROM checked.write_check");
  }
  static std::string late(const std::string& reason) {
    return "a write to the database has not been committed for more than 2000 ms: " + reason;
  }
};

TEST_F(PostgresWriteProbe, commits_a_row_and_a_dead_server_is_a_fault_until_it_is_back) {
  EXPECT_EQ(written_at(), "");
  commit();
  EXPECT_EQ(written_at(), std::to_string(manual.now_ms()));
  own.kill();
  manual.advance(3'000ms);
  const UnixMs asked = manual.now_ms();
  EXPECT_EQ(run(check->fault()), std::nullopt) << "nothing is late yet";
  manual.advance(1'999ms);
  EXPECT_EQ(run(check->fault()), std::nullopt);
  manual.advance(1ms);
  expect(late("the database server cannot be reached"));
  own.start();
  expect(std::nullopt);
  EXPECT_EQ(written_at(), std::to_string(asked)) << "the row that had waited";
}

TEST_F(PostgresWriteProbe, a_lock_of_another_program_is_a_fault_until_it_is_released) {
  commit();
  const auto holder = connect(own.url());
  ASSERT_TRUE(query(*holder, "BEGIN"));
  ASSERT_TRUE(query(*holder, "LOCK TABLE checked.write_check IN EXCLUSIVE MODE"));
  manual.advance(3'000ms);
  EXPECT_EQ(run(check->fault()), std::nullopt);
  manual.advance(2'000ms);
  EXPECT_EQ(run(check->fault()),
            late("the database server or its disk hangs, or another program holds a lock"));
  expect(
      "the database does not take writes: the server's disk is full, the table is missing or may not be "
      "written, another program holds a lock, or another process of this service owns the database. The log "
      "says which");
  ASSERT_TRUE(query(*holder, "ROLLBACK"));
  manual.advance(3'000ms);
  expect(std::nullopt);
  EXPECT_EQ(written_at(), std::to_string(manual.now_ms()));
}

TEST_F(PostgresWriteProbe, a_wrong_password_is_told_without_names) {
  stop();
  writer.reset();
  std::string url = own.url();
  url.replace(url.find("papi:"), 5, "papi:x");
  open(url);
  EXPECT_EQ(run(check->fault()), std::nullopt);
  manual.advance(2'000ms);
  expect(late("the database server refuses the service; its user, password or database is wrong"));
}

TEST_F(PostgresWriteProbe, a_full_queue_is_told_as_such) {
  stop();
  writer.reset();
  postgres::WriterOptions options;
  options.max_waiting = 0;
  writer.emplace(executor(), target_of(own.url()), options, log, Random(1));
  check.emplace(executor(), postgres_write_probe(*writer, schema, log), postgres_write_faults(*writer),
                manual, WriteCheck::Options());
  EXPECT_EQ(run(check->fault()),
            "the database is slower than what is to be written: too many writes are waiting");
}

}  // namespace
}  // namespace papi::ops
