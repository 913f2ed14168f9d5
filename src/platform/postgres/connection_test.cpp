#include "platform/postgres/connection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <limits>

#include "tests/postgres_fixture.hpp"
#include "tests/tcp_proxy.hpp"

namespace papi::postgres {
namespace {

struct PostgresConnection : ServerTest {};

std::string states(const SegmentReply& reply) {
  std::string text;
  for (const auto& statement : reply.statements)
    text += (text.empty() ? "" : " ") +
            (statement ? std::string("ok") : std::string(to_string(statement.error().kind)));
  return text;
}

}  // namespace

TEST_F(PostgresConnection, gives_back_each_type_as_it_was_sent) {
  const auto connection = connect();
  const auto same = [&]<class T>(const T& value, const char* type) {
    const auto rows = query(*connection, std::string("SELECT $1::") + type, value);
    ASSERT_TRUE(rows) << type << ": " << rows.error().what;
    EXPECT_TRUE((*rows)[0].template get<T>(0) == value) << type;
  };
  using Number = std::numeric_limits<std::int64_t>;
  for (const std::int64_t value :
       {Number::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, Number::max()})
    same(value, "bigint");
  for (const int value :
       {std::numeric_limits<std::int32_t>::min(), -1, 0, std::numeric_limits<std::int32_t>::max()})
    same(std::int32_t{value}, "integer");
  for (const std::int16_t value : {std::int16_t{-32'768}, std::int16_t{0}, std::int16_t{32'767}})
    same(value, "smallint");
  same(true, "boolean");
  same(false, "boolean");
  for (const double value : {0.0, -1.5, 1e308, 5e-324, std::numeric_limits<double>::infinity()})
    same(value, "double precision");
  for (const char* text : {"", "plain", "it's \"quoted\" \\ \\n $1 {a,b} NULL", "tab\tline\n\x01\x7f",
                           "\xF0\x9F\x8E\x81 \xE2\x82\xAC \xC3\xA9"}) {
    same(std::string(text), "text");
  }
  same(std::string(100'000, 'x'), "text");
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  same(Bytes(all_bytes), "bytea");
  same(Bytes(), "bytea");
  same(std::vector<std::int64_t>{}, "bigint[]");
  same(std::vector<std::int64_t>{Number::min(), 0, Number::max()}, "bigint[]");
  same(std::vector<std::int16_t>{}, "smallint[]");
  same(std::vector<std::int16_t>{-32'768, 32'767}, "smallint[]");
  same(std::vector<std::string>{}, "text[]");
  same(std::vector<std::string>{"", "NULL", "a,b", "{}", "\"\\", "\xF0\x9F\x8E\x81"}, "text[]");
  same(std::vector<Bytes>{}, "bytea[]");
  same(std::vector<Bytes>{Bytes(all_bytes), Bytes()}, "bytea[]");
  same(std::optional<std::int64_t>(), "bigint");
  same(std::optional<std::int64_t>(7), "bigint");
  same(std::optional<std::string>(), "text");
  same(std::optional<bool>(), "boolean");
}

TEST_F(PostgresConnection, arrays_carry_nulls_to_unnest) {
  const auto connection = connect();
  const std::vector<std::optional<std::string>> texts{"a", std::nullopt, ""};
  const std::vector<std::optional<std::int64_t>> numbers{std::nullopt, 2, 3};
  const auto rows =
      query(*connection, "SELECT t, n FROM unnest($1::text[], $2::bigint[]) AS u(t, n)", texts, numbers);
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*rows)[i].get<std::optional<std::string>>(0), texts[i]);
    EXPECT_EQ((*rows)[i].get<std::optional<std::int64_t>>(1), numbers[i]);
  }
}

TEST_F(PostgresConnection, a_column_of_another_type_is_named_with_its_statement) {
  const auto connection = connect();
  const auto rows =
      query(*connection, "SELECT 'x'::text AS who, NULL::bigint AS amount, 5000000000 AS big, 7 AS small");
  ASSERT_TRUE(rows);
  const auto says = [&](auto read) {
    const auto values = read_rows<int>(*rows, [&](const Row& row) {
      read(row);
      return 1;
    });
    return values ? std::string("nothing") : values.error().what;
  };
  EXPECT_EQ(says([](const Row& r) { r.get<std::int64_t>(0); }),
            "statement 'test', column 'who': is text where bigint was expected");
  EXPECT_EQ(says([](const Row& r) { r.get<std::int64_t>(1); }),
            "statement 'test', column 'amount': is NULL where bigint was expected");
  EXPECT_EQ(says([](const Row& r) { r.get<std::int32_t>(2); }),
            "statement 'test', column 'big': is bigint where integer was expected");
  EXPECT_EQ(says([](const Row& r) { r.get<bool>(4); }),
            "statement 'test': has 4 columns, none with number 4");
  EXPECT_EQ((*rows)[0].get<std::int64_t>(3), 7) << "a wider type reads a narrower one";
}

TEST_F(PostgresConnection, refuses_text_with_a_zero_byte_before_sending_it) {
  const auto connection = connect();
  const std::string zero("a\0b", 3);
  for (const Value& value : {Value(zero), Value(std::vector<std::string>{"a", zero})}) {
    const auto rows = query(*connection, "SELECT 1, $2::text", 1, value);
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().kind, FaultKind::unusable);
    EXPECT_EQ(rows.error().what, "statement 'test', parameter $2: text with a zero byte");
    EXPECT_FALSE(rows.error().outcome_unknown);
  }
  EXPECT_TRUE(query(*connection, "SELECT $1::bytea", Bytes(zero))) << "bytes may have them";
  EXPECT_TRUE(connection->idle());
}

TEST_F(PostgresConnection, a_failed_statement_undoes_its_segment_and_no_other) {
  make_table("segments(x bigint PRIMARY KEY DEFERRABLE INITIALLY IMMEDIATE)");
  const auto connection = connect();
  const auto insert = [](int value) {
    return Statement("insert", "INSERT INTO segments VALUES ($1)", value);
  };
  std::vector<Segment> segments(3);
  segments[0] = {insert(1), insert(2)};
  segments[1] = {insert(3), Statement("broken", "SELECT 1/0"), insert(4), insert(5)};
  segments[2] = {insert(6)};
  const auto replies = run(connection->pipeline(segments));
  ASSERT_TRUE(replies) << replies.error().what;
  ASSERT_EQ(replies->size(), 3u);
  EXPECT_EQ(states((*replies)[0]), "ok ok");
  EXPECT_EQ(states((*replies)[1]), "ok refused aborted aborted");
  EXPECT_EQ(states((*replies)[2]), "ok");
  ASSERT_TRUE((*replies)[1].fault);
  EXPECT_EQ((*replies)[1].fault->sqlstate, "22012");
  EXPECT_EQ((*replies)[1].fault->statement, "broken");
  EXPECT_FALSE((*replies)[0].fault || (*replies)[2].fault);
  EXPECT_EQ((*replies)[0].statements[0]->affected(), 1u);
  EXPECT_TRUE(connection->idle());
  EXPECT_EQ(column(*connection, "SELECT x FROM segments ORDER BY x"), "1 2 6");
}

TEST_F(PostgresConnection, a_fault_at_the_implicit_commit_is_the_segments) {
  make_table("deferred(x bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  const auto connection = connect();
  const std::vector<Segment> segments{
      {Statement("insert", "INSERT INTO deferred VALUES (1), (1)"), Statement("select", "SELECT 1")},
      {Statement("insert", "INSERT INTO deferred VALUES (2)")}};
  const auto replies = run(connection->pipeline(segments));
  ASSERT_TRUE(replies) << replies.error().what;
  ASSERT_TRUE((*replies)[0].fault);
  EXPECT_EQ((*replies)[0].fault->kind, FaultKind::conflict);
  EXPECT_EQ((*replies)[0].fault->constraint, "deferred_x_key");
  EXPECT_FALSE((*replies)[1].fault);
  EXPECT_EQ(column(*connection, "SELECT x FROM deferred"), "2");
}

TEST_F(PostgresConnection, sends_and_reads_more_than_both_sides_can_buffer) {
  // 64 MB each way in one segment: the server answers while we still send.
  constexpr int statements = 64;
  const std::string megabyte(1'000'000, 'x');
  const auto connection = connect();
  Segment segment;
  for (int i = 0; i < statements; ++i) segment.emplace_back("echo", "SELECT $1::text", megabyte);
  const auto rows = run(connection->segment(segment));
  ASSERT_TRUE(rows) << rows.error().what;
  ASSERT_EQ(rows->size(), 64u);
  for (const Rows& one : *rows) EXPECT_EQ(one[0].get<std::string_view>(0).size(), megabyte.size());
}

TEST_F(PostgresConnection, a_script_runs_as_a_whole_and_refuses_copy) {
  const auto connection = connect();
  ASSERT_TRUE(run(connection->script("DROP TABLE IF EXISTS scripted; CREATE TABLE scripted(x int)")));
  const auto failed = run(connection->script("INSERT INTO scripted VALUES (1); SELECT 1/0"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "22012");
  EXPECT_FALSE(failed.error().outcome_unknown);
  EXPECT_EQ(column(*connection, "SELECT x FROM scripted"), "");
  const auto copied = run(connection->script("COPY scripted FROM STDIN"));
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().what, "a script must not COPY");
  EXPECT_FALSE(connection->open());
}

TEST_F(PostgresConnection, one_that_is_in_use_refuses_a_second_user) {
  const auto connection = connect();
  const Statement slow("slow", "SELECT 1 FROM pg_sleep(0.05)"), second("second", "SELECT 2");
  const auto first = start(connection->query(slow));
  const auto refused = run(connection->query(second));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, FaultKind::unusable);
  run_until([&] { return first->has_value(); });
  EXPECT_TRUE(**first) << "the first is not disturbed";
}

TEST_F(PostgresConnection, the_clients_deadline_closes_it) {
  const auto connection = connect();
  const Statement slow("slow", "SELECT pg_sleep(600)");
  const auto rows = run(connection->query(slow, milliseconds(50)));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, FaultKind::timeout);
  EXPECT_TRUE(rows.error().outcome_unknown);
  EXPECT_FALSE(connection->open());
  const Statement next("next", "SELECT 1");
  EXPECT_EQ(run(connection->query(next)).error().kind, FaultKind::away);
}

TEST_F(PostgresConnection, a_cancelled_operation_closes_it) {
  using namespace net::experimental::awaitable_operators;
  const auto connection = connect();
  const Statement slow("slow", "SELECT pg_sleep(600)");
  const auto race = [](Connection& c, const Statement& s, Executor e) -> Task<std::size_t> {
    SteadyTimer timer(e, milliseconds(50));
    const auto first = co_await (c.query(s) || timer.async_wait(use_task));
    co_return first.index();
  };
  EXPECT_EQ(run(race(*connection, slow, executor())), 1u);
  EXPECT_FALSE(connection->open());
}

TEST_F(PostgresConnection, close_ends_what_is_under_way) {
  const auto connection = connect();
  const Statement slow("slow", "SELECT pg_sleep(600)");
  const auto rows = start(connection->query(slow));
  io.poll();
  connection->close();
  run_until([&] { return rows->has_value(); });
  ASSERT_FALSE(**rows);
  EXPECT_EQ((**rows).error().kind, FaultKind::away);
  EXPECT_EQ((**rows).error().what, "the connection was closed");
}

TEST_F(PostgresConnection, a_cut_in_the_middle_of_an_answer_is_away_with_unknown_outcome) {
  test::TcpProxy proxy(server.port());
  const auto connection = connect(server.url_at(proxy.port()));
  proxy.cut_answer_after(50'000);
  const auto rows = query(*connection, "SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, FaultKind::away);
  EXPECT_TRUE(rows.error().outcome_unknown);
  EXPECT_EQ(rows.error().sqlstate, "");
  EXPECT_FALSE(connection->open());
  EXPECT_EQ(proxy.cuts(), 1);
}

TEST_F(PostgresConnection, a_server_that_ends_says_so_and_an_idle_connection_notices) {
  const auto connection = connect(), other = connect();
  const std::string pid = column(*connection, "SELECT pg_backend_pid()");
  const Statement slow("slow", "SELECT pg_sleep(600)"), behind("behind", "SELECT 1");
  const Segment segment{slow, behind};
  const auto rows = start(connection->segment(segment));
  io.poll();
  // It sleeps before it is ended.
  while (column(*other, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " + pid) !=
         "1") {
  }
  column(*other, "SELECT pg_terminate_backend(" + pid + ")");
  run_until([&] { return rows->has_value(); });
  ASSERT_FALSE(**rows);
  EXPECT_EQ((**rows).error().kind, FaultKind::away);
  EXPECT_EQ((**rows).error().sqlstate, "57P01");
  EXPECT_TRUE((**rows).error().outcome_unknown);

  const auto idle = connect();
  const std::string second = column(*idle, "SELECT pg_backend_pid()");
  EXPECT_TRUE(idle->alive());
  column(*other, "SELECT pg_terminate_backend(" + second + ", 10000)");
  EXPECT_FALSE(idle->alive());
  EXPECT_FALSE(idle->open());
}

}  // namespace papi::postgres
