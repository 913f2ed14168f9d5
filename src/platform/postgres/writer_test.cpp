#include "platform/postgres/writer.hpp"

#include <algorithm>

#include "tests/postgres_fixture.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::postgres {
namespace {

/// Each test runs on the server itself and through pgbouncer in transaction mode.
struct PostgresWriter : ServerTest, testing::WithParamInterface<bool> {
  using Answer = std::shared_ptr<std::optional<Reply<Written>>>;

  std::optional<test::Pooler> pooler;
  std::optional<test::TcpProxy> proxy;
  std::optional<Writer> writer;

  PostgresWriter() {
    if (GetParam()) pooler.emplace(server);
    proxy.emplace(pooler ? pooler->port() : server.port());
    make_table("written(x bigint UNIQUE, tx xid8 DEFAULT pg_current_xact_id())");
    make_table("marks(connection text PRIMARY KEY, number bigint)");
  }
  ~PostgresWriter() override {
    if (writer) run(writer->stop(std::chrono::steady_clock::now()));
  }
  static WriterMarks marks(const std::string& look) {
    WriterMarks made;
    made.leave = [](const std::string& connection, std::int64_t number) {
      return Statement("leave_mark",
                       "INSERT INTO marks VALUES ($1, $2) ON CONFLICT (connection) DO UPDATE SET number = "
                       "excluded.number",
                       connection, number);
    };
    made.look = [look](const std::string& connection, std::int64_t number) {
      return Statement("look_for_mark", look, connection, number);
    };
    return made;
  }
  static WriterOptions marked() {
    WriterOptions options;
    options.marks = marks("SELECT EXISTS (SELECT FROM marks WHERE connection = $1 AND number = $2)");
    return options;
  }
  void open(WriterOptions options = marked()) {
    writer.emplace(executor(), target_of(server.url_at(proxy->port())), options, log, Random(7));
  }
  static WriteJob job(std::int64_t value) {
    std::vector<Statement> statements;
    statements.emplace_back("insert", "INSERT INTO written VALUES ($1) RETURNING x", value);
    WriteJob made(std::move(statements));
    made.waits_for_server = true;
    return made;
  }
  Answer write(WriteJob made) { return start(writer->write(std::move(made))); }
  void finish(const std::vector<Answer>& answers) {
    run_until([&] {
      return std::all_of(answers.begin(), answers.end(), [](const auto& a) { return a->has_value(); });
    });
  }
  Reply<Written> finish(const Answer& answer) {
    finish(std::vector<Answer>{answer});
    return std::move(**answer);
  }
  std::string rows() { return table("SELECT x FROM written ORDER BY x"); }
  std::string transactions() { return table("SELECT count(DISTINCT tx) FROM written"); }
  static std::string numbers(int first, int last) {
    std::string text;
    for (int i = first; i <= last; ++i) text += (text.empty() ? "" : " ") + std::to_string(i);
    return text;
  }
};

}  // namespace

TEST_P(PostgresWriter, jobs_that_wait_share_one_transaction_and_get_their_own_rows) {
  open();
  std::vector<Answer> answers;
  for (int i = 1; i <= 20; ++i) answers.push_back(write(job(i)));
  finish(answers);
  for (int i = 1; i <= 20; ++i) {
    const Reply<Written>& answer = **answers[static_cast<std::size_t>(i) - 1];
    ASSERT_TRUE(answer) << answer.error().what;
    ASSERT_EQ(answer->size(), 1u);
    EXPECT_EQ((*answer)[0][0].get<std::int64_t>(0), i);
  }
  EXPECT_EQ(rows(), numbers(1, 20));
  EXPECT_EQ(transactions(), "1");
  EXPECT_TRUE(writer->state().connected);
}

TEST_P(PostgresWriter, a_group_has_its_bounds) {
  WriterOptions options = marked();
  options.group_jobs = 4;
  open(options);
  std::vector<Answer> answers;
  for (int i = 1; i <= 10; ++i) answers.push_back(write(job(i)));
  finish(answers);
  EXPECT_EQ(rows(), numbers(1, 10));
  EXPECT_EQ(transactions(), "3");
}

TEST_P(PostgresWriter, a_bad_job_fails_alone) {
  open();
  std::vector<Answer> answers;
  std::vector<Statement> broken;
  broken.emplace_back("insert", "INSERT INTO written VALUES (100)");
  broken.emplace_back("divide", "SELECT 1/0");
  for (int i : {1, 2, 2, 3}) answers.push_back(write(job(i)));
  answers.push_back(write(WriteJob(broken)));
  answers.push_back(write(job(4)));
  finish(answers);
  std::string outcome;
  for (const auto& answer : answers)
    outcome += **answer ? "ok " : std::string(to_string((**answer).error().kind)) + " ";
  EXPECT_EQ(outcome, "ok ok conflict ok refused ok ");
  EXPECT_EQ((**answers[2]).error().constraint, "written_x_key");
  EXPECT_EQ((**answers[4]).error().statement, "divide");
  EXPECT_EQ(rows(), "1 2 3 4") << "nothing of the bad job";
}

TEST_P(PostgresWriter, refuses_a_zero_byte_before_it_can_harm_a_group) {
  open();
  std::vector<Statement> statements;
  statements.emplace_back("text", "SELECT $1::text", std::string("a\0b", 3));
  const auto bad = write(WriteJob(std::move(statements))), good = write(job(1));
  EXPECT_EQ(finish(bad).error().kind, FaultKind::unusable);
  EXPECT_TRUE(finish(good));
}

TEST_P(PostgresWriter, a_fence_reaches_its_caller) {
  open();
  std::vector<Statement> statements;
  statements.emplace_back("fence",
                          "DO $$ BEGIN RAISE EXCEPTION 'append refused' USING ERRCODE = 'QT001'; END $$");
  const auto fenced = finish(write(WriteJob(std::move(statements))));
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().kind, FaultKind::fenced);
  EXPECT_EQ(fenced.error().as_error().code, ErrorCode::conflict);
}

TEST_P(PostgresWriter, a_lost_answer_is_settled_by_the_mark_and_nothing_is_written_twice) {
  open();
  ASSERT_TRUE(finish(write(job(1))));
  // Committed, answer lost.
  proxy->cut_answer_after(0);
  const auto lost = finish(write(job(2)));
  ASSERT_TRUE(lost) << lost.error().what;
  EXPECT_TRUE(lost->empty()) << "its rows are lost with the answer";
  EXPECT_EQ(proxy->cuts(), 1);
  // Never arrived, on a connection that has left a mark before.
  ASSERT_TRUE(finish(write(job(3))));
  proxy->cut_next_request();
  const auto again = finish(write(job(4)));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->size(), 1u);
  EXPECT_EQ(proxy->cuts(), 2);
  EXPECT_EQ(rows(), "1 2 3 4");
}

TEST_P(PostgresWriter, without_marks_the_caller_is_told_that_the_outcome_is_unknown) {
  open(WriterOptions());
  ASSERT_TRUE(finish(write(job(1))));
  proxy->cut_answer_after(0);
  const auto lost = finish(write(job(2)));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().outcome_unknown);
  EXPECT_EQ(lost.error().kind, FaultKind::away);
  EXPECT_EQ(rows(), "1 2");
  ASSERT_TRUE(finish(write(job(3)))) << "the writer goes on";
}

TEST_P(PostgresWriter, a_repeatable_job_is_done_again_and_says_nothing_about_the_others_of_its_group) {
  open();
  ASSERT_TRUE(finish(write(job(1))));
  const auto repeatable = [](std::int64_t value) {
    std::vector<Statement> statements;
    statements.emplace_back("insert", "INSERT INTO written VALUES ($1) ON CONFLICT DO NOTHING", value);
    statements.emplace_back("count", "SELECT count(*) FROM written");
    WriteJob made(std::move(statements));
    made.repeatable = true;
    return made;
  };
  // The answer to the commit of both is lost.
  proxy->cut_answer_after(0);
  const auto again = write(repeatable(2)), other = write(job(3));
  finish({again, other});
  ASSERT_TRUE(**again) << (**again).error().what;
  EXPECT_EQ((**again)->back()[0].get<std::int64_t>(0), 3) << "its rows are known";
  ASSERT_TRUE(**other) << (**other).error().what;
  EXPECT_EQ(rows(), "1 2 3");
  proxy->cut_answer_after(0);
  const auto alone = finish(write(repeatable(4)));
  ASSERT_TRUE(alone) << alone.error().what;
  EXPECT_EQ(alone->back()[0].get<std::int64_t>(0), 4);
  EXPECT_EQ(proxy->cuts(), 2);
}

TEST_P(PostgresWriter, a_look_that_fails_leaves_the_outcome_unknown) {
  WriterOptions options;
  options.marks = marks("SELECT x FROM no_such_table WHERE $1 = '' AND $2 = 0");
  open(options);
  ASSERT_TRUE(finish(write(job(1))));
  proxy->cut_answer_after(0);
  const auto lost = finish(write(job(2)));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().outcome_unknown);
  ASSERT_TRUE(finish(write(job(3))));
}

TEST_P(PostgresWriter, a_lost_session_that_still_runs_is_ended_before_the_look) {
  open();
  ASSERT_TRUE(finish(write(job(1))));
  const auto holder = connect();
  ASSERT_TRUE(query(*holder, "BEGIN"));
  ASSERT_TRUE(query(*holder, "LOCK TABLE written IN SHARE MODE"));
  const auto answer = write(job(2));
  // The session waits for a lock when its client is lost; it would commit once the lock is free.
  std::string lost;
  const auto waiting = [&] {
    return column(*holder, "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'written'::regclass");
  };
  run_until([&] { return !(lost = waiting()).empty(); });
  proxy->drop_clients();
  std::string second;
  run_until([&] { return !(second = waiting()).empty() && second != lost; });
  EXPECT_EQ(column(*holder, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + lost), "0");
  ASSERT_TRUE(query(*holder, "ROLLBACK"));
  const auto written = finish(answer);
  ASSERT_TRUE(written) << written.error().what;
  EXPECT_EQ(written->size(), 1u) << "written by the second session";
  EXPECT_EQ(rows(), "1 2");
}

TEST_P(PostgresWriter, a_full_queue_is_unavailable_and_the_rest_is_written) {
  WriterOptions options = marked();
  options.max_waiting = 3;
  open(options);
  std::vector<Answer> answers;
  for (int i = 1; i <= 4; ++i) answers.push_back(write(job(i)));
  finish(answers);
  std::string outcome;
  for (const auto& answer : answers)
    outcome += **answer ? "ok " : std::string(to_string((**answer).error().kind)) + " ";
  EXPECT_EQ(outcome, "ok ok ok busy ");
  EXPECT_EQ((**answers[3]).error().as_error().code, ErrorCode::unavailable);
  EXPECT_EQ(rows(), "1 2 3");
}

TEST_P(PostgresWriter, loses_and_doubles_nothing_while_the_server_is_killed_and_started) {
  open();
  constexpr int kills = 3, each = 40;
  std::vector<Answer> answers;
  int next = 1;
  const auto more = [&] {
    for (int i = 0; i < each; ++i, ++next) answers.push_back(write(job(next)));
  };
  for (int kill = 0; kill < kills; ++kill) {
    more();
    // Some are committed, the rest is under way or waits.
    const std::size_t some = answers.size() - each / 2;
    run_until([&] { return answers[some - 1]->has_value(); });
    more();
    io.poll();
    server.kill();
    server.start();  // a pooler may hold its clients until then
  }
  finish(answers);
  int failed = 0;
  for (const auto& answer : answers) failed += **answer ? 0 : 1;
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(rows(), numbers(1, next - 1));
}

TEST_P(PostgresWriter, while_the_server_is_away_a_job_waits_for_it_or_gives_up) {
  if (GetParam()) GTEST_SKIP() << "pgbouncer holds what was sent until the server is back";
  WriterOptions options = marked();
  options.away_timeout = milliseconds(20);
  open(options);
  ASSERT_TRUE(finish(write(job(1))));
  server.kill();
  const Answer patient = write(job(2));
  // A job that is under way when the connection is lost waits until its outcome is known, so the next one
  // comes later.
  run_until([&] { return !writer->state().connected; });
  WriteJob hurried = job(3);
  hurried.waits_for_server = false;
  const auto given_up = finish(write(std::move(hurried)));
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, FaultKind::away);
  EXPECT_FALSE(given_up.error().outcome_unknown) << "it was never sent";
  server.start();
  ASSERT_TRUE(finish(patient));
  EXPECT_EQ(rows(), numbers(1, 2));
}

TEST_P(PostgresWriter, stop_writes_what_waits_and_refuses_what_comes_later) {
  open();
  std::vector<Answer> answers;
  for (int i = 1; i <= 5; ++i) answers.push_back(write(job(i)));
  io.poll();
  run(writer->stop(std::chrono::steady_clock::now() + std::chrono::seconds(30)));
  for (const auto& answer : answers) EXPECT_TRUE(answer->has_value() && **answer);
  EXPECT_EQ(rows(), numbers(1, 5));
  EXPECT_EQ(finish(write(job(6))).error().what, "the service is stopping");
  writer.reset();
}

INSTANTIATE_TEST_SUITE_P(Postgres, PostgresWriter, testing::Bool(),
                         [](const auto& parameter) { return parameter.param ? "pooled" : "direct"; });

}  // namespace papi::postgres
