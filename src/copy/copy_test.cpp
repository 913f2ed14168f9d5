// Copies of a whole installation between real databases.

#include <set>
#include "copy/copy_fixture.hpp"

#include "platform/postgres/held_lease.hpp"
#include "platform/postgres/migrations.hpp"
#include "platform/sqlite/owner_lock.hpp"

namespace papi::copy {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_F(CopyTest, an_installation_comes_back_from_postgresql_row_for_row) {
  const SqliteFile first(true), last;
  first.change(installation_sql);
  const auto there = copy(from(first), to(place()));
  ASSERT_TRUE(there) << message_of(there);
  EXPECT_EQ(there->rows, static_cast<std::int64_t>(first.content().size() - counters().size()));
  EXPECT_EQ(there->rows_before, 0);
  EXPECT_EQ(table("SELECT id || ' ' || type || ' ' || user_id FROM copied.events WHERE session_key = 1 AND "
                  "\"offset\" IN (2, 3, 4) ORDER BY \"offset\""),
            "-9223372036854775808 1 -1 -1 17 -9223372036854775808 0 16 0");
  EXPECT_EQ(table("SELECT coalesce(id, 7) FROM copied.trimmed_events ORDER BY \"offset\""), "-1 7");
  EXPECT_EQ(table("SELECT id || seq FROM copied.api_keys ORDER BY seq"), "k21 k13");
  EXPECT_EQ(table("SELECT version || ' ' || noticed FROM copied.auth_version"), "12 11");
  EXPECT_EQ(
      table("SELECT nextval('copied.sessions_key_seq') || ' ' || nextval('copied.audit_log_id_seq') || ' ' "
            "|| nextval('copied.api_keys_seq_seq')"),
      "41 10 4");
  EXPECT_EQ(table("SELECT count(*) FROM pg_tables WHERE schemaname = 'copied' AND tablename LIKE 'copy%'"),
            "0");
  // The service may start: the schema is as the program knows it.
  EXPECT_EQ(table("SELECT count(*) FROM copied.schema_migrations WHERE version > 1000"), "0");

  // nextval has moved the counters.
  run_sql("SELECT setval('copied.sessions_key_seq', 40), setval('copied.audit_log_id_seq', 9)");
  const auto back = copy(from(place()), to(last));
  ASSERT_TRUE(back) << message_of(back);
  EXPECT_EQ(last.content(), first.content());
  EXPECT_EQ(last.one("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'copy%'"), "0");
  EXPECT_EQ(last.one("PRAGMA integrity_check"), "ok");
  last.change("SELECT 1");  // which migrates: the file is ready
}

TEST_F(CopyTest, two_databases_of_one_engine_may_be_copied_and_sqlite_keeps_texts_as_they_are) {
  const SqliteFile first(true), second, third;
  first.change(installation_sql);
  first.change("UPDATE people SET nickname = CAST(x'6100ff62' AS TEXT) WHERE user_id = 7");
  auto copied = copy(from(first), to(second));
  ASSERT_TRUE(copied) << message_of(copied);
  EXPECT_EQ(second.content(), first.content());

  first.change("UPDATE people SET nickname = '' WHERE user_id = 7");
  empty_schema("copied_again");
  ASSERT_TRUE(copy(from(first), to(place())));
  copied = copy(from(place()), to(place("copied_again")));
  ASSERT_TRUE(copied) << message_of(copied);
  ASSERT_TRUE(copy(from(place("copied_again")), to(third)));
  EXPECT_EQ(third.content(), first.content());
}

TEST_F(CopyTest, a_pooler_in_transaction_mode_may_stand_between) {
  const test::Pooler pooler(server);
  PostgresPlace pooled = place();
  pooled.target = target_of(server.url_at(pooler.port()));
  const SqliteFile first(true), back;
  first.change(installation_sql);
  const auto there = copy(from(first), to(pooled));
  ASSERT_TRUE(there) << message_of(there);
  const auto returned = copy(from(pooled), to(back));
  ASSERT_TRUE(returned) << message_of(returned);
  EXPECT_EQ(back.content(), first.content());
}

TEST_F(CopyTest, each_session_of_a_copy_begins_an_epoch_of_its_own) {
  const SqliteFile first(true), second, third;
  first.change(installation_sql);
  ASSERT_TRUE(copy(from(first), to(second)));
  ASSERT_TRUE(copy(from(first), to(third)));
  std::set<std::string> epochs;
  for (const SqliteFile* file : {&first, &second, &third})
    for (const std::string& epoch : file->rows("SELECT epoch FROM sessions")) epochs.insert(epoch);
  EXPECT_EQ(epochs.size(), 6u);
  EXPECT_EQ(second.one("SELECT length(epoch) FROM sessions"), "16");
  // The event's own epoch is replaced when it is read.
  EXPECT_EQ(second.one("SELECT body FROM events"), R"({"offset":1,"epoch":"old","text":"\u0000"})");
}

TEST_F(CopyTest, an_interrupted_copy_goes_on_behind_its_last_chunk) {
  const SqliteFile first(true), last;
  first.change(installation_sql);
  ASSERT_TRUE(copy(from(first), to(last)));
  const int all = writes;
  ASSERT_GT(all, static_cast<int>(tables().size()));
  for (const bool behind_commit : {false, true}) {
    for (const bool to_postgres : {false, true}) {
      const SqliteFile file;
      empty_schema();
      const OpenTarget target = to_postgres ? to(place()) : to(file);
      // Each run writes some chunks and is interrupted at the next; or does not know that it wrote the last.
      // To PostgreSQL four of them, because each run connects anew.
      const int chunks = to_postgres ? 4 : 1;
      const int failing = behind_commit ? chunks : chunks + 1;
      int runs = 0;
      Result<CopyReport> copied = Error();
      do {
        copied = copy(from(first), target, [&](DisturbedTarget& disturbed) {
          disturbed.failing_write = failing;
          disturbed.behind_commit = behind_commit;
        });
        ASSERT_TRUE(copied || message_of(copied) == "interrupted") << message_of(copied);
        if (!copied && !to_postgres) {
          auto database = sqlite::Database::open(file.path);
          const auto started = schema::migrate(*database);
          EXPECT_TRUE(has(message_of(started), "the database is not ready: an unfinished copy"))
              << message_of(started);
        }
        ++runs;
      } while (!copied && runs <= 2 * all);
      ASSERT_TRUE(copied);
      EXPECT_EQ(runs, behind_commit ? all / chunks + 1 : (all + chunks - 1) / chunks);
      EXPECT_GT(copied->rows_before, 0);
      if (to_postgres) {
        const SqliteFile back;
        ASSERT_TRUE(copy(from(place()), to(back)));
        EXPECT_EQ(back.content(), first.content());
      } else {
        EXPECT_EQ(file.content(), first.content());
      }
    }
  }
  // And from PostgreSQL, where texts may be sorted in another way.
  for (int failing = 1; failing <= all; failing += 5) {
    const SqliteFile back;
    const auto interrupt = [failing](DisturbedTarget& disturbed) { disturbed.failing_write = failing; };
    ASSERT_FALSE(copy(from(place()), to(back), interrupt));
    ASSERT_TRUE(copy(from(place()), to(back)));
    EXPECT_EQ(back.content(), first.content()) << failing;
  }
}

TEST_F(CopyTest, a_row_that_somebody_changes_meanwhile_is_noticed) {
  const SqliteFile first(true);
  first.change(installation_sql);
  const struct {
    const char* sql;  // for both engines
    std::string message;
  } rows[] = {
      {"UPDATE people SET nickname = 'Anm' WHERE user_id = 7",
       "table 'people' differs: 3 rows on both sides, with other values. Another program has changed the "
       "target. "
       "Copy again into an empty target"},
      {"DELETE FROM events WHERE session_key = 2 AND \"offset\" = 3",
       "table 'events' differs: 11 rows in the source, 10 in the target; session_key 2: the source has 2 "
       "events of "
       "4 bytes, offsets 1 to 3, the target 1 events of 2 bytes, offsets 1 to 1. Another program has changed "
       "the "
       "target. Copy again into an empty target"},
      {"UPDATE auth_version SET version = 13",
       "the version of the accounts differs: 12 in the source, 13 in the target. Copy again into an empty "
       "target"},
  };
  for (const auto& row : rows) {
    const SqliteFile file;
    const auto in_file = copy(from(first), to(file), [&](DisturbedTarget& target) {
      target.before_check = [&] {
        auto database = sqlite::Database::open(file.path);
        database->execute(row.sql);
      };
    });
    ASSERT_FALSE(in_file);
    EXPECT_EQ(in_file.error().code, refused);
    EXPECT_EQ(message_of(in_file), row.message);
    empty_schema();
    const auto in_schema = copy(from(first), to(place()), [&](DisturbedTarget& target) {
      target.before_check = [&] { run_sql("SET search_path = copied; " + std::string(row.sql)); };
    });
    EXPECT_EQ(message_of(in_schema), row.message);
    const auto again = copy(from(first), to(place()));
    EXPECT_EQ(message_of(again), has(row.message, "version") ? "" : row.message) << "counters are set again";
  }
  EXPECT_EQ(table("SELECT name FROM copied.schema_migrations WHERE version = 1000000"), "")
      << "the last one was finished";
}

TEST_F(CopyTest, a_source_that_went_on_after_the_interruption_is_noticed) {
  const SqliteFile first(true);
  first.change(installation_sql);
  const auto interrupt = [](DisturbedTarget& target) { target.failing_write = 20; };
  ASSERT_FALSE(copy(from(first), to(place()), interrupt));
  first.change("UPDATE users SET email = 'new@example.org' WHERE id = 'u2'");
  EXPECT_EQ(
      message_of(copy(from(first), to(place()))),
      "table 'users' differs: 2 rows on both sides, with other values. The source has changed since the copy "
      "began. Copy again into an empty target");
  // No service starts on what is unfinished, and it is no source.
  const auto connection = connect();
  const auto started = run(postgres::migrate(*connection, place().schema, {}));
  EXPECT_TRUE(has(message_of(started), "the database is not ready: an unfinished copy: run the same"))
      << message_of(started);
  const SqliteFile other(true);
  EXPECT_EQ(message_of(copy(from(place()), to(other))),
            "the source " + place().name() + " is itself an unfinished copy: finish that one first");
  EXPECT_EQ(message_of(copy(from(other), to(place()))),
            "the target " + place().name() + " has an unfinished copy of sqlite " + first.path +
                ": give that source again, or use an empty target");
}

TEST_F(CopyTest, a_text_that_postgresql_cannot_hold_ends_the_copy_or_is_replaced) {
  using namespace std::string_view_literals;
  const SqliteFile first(true), back;
  first.change(installation_sql);
  first.change(
      "UPDATE events SET username = CAST(x'6100ff62' AS TEXT) WHERE session_key = 1 AND \"offset\" = 6");
  first.change("UPDATE sessions SET reason = CAST(x'00' AS TEXT) WHERE key = 2");
  const auto ended = copy(from(first), to(place()));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::database);
  EXPECT_EQ(message_of(ended),
            "sessions, key 2, column reason: PostgreSQL cannot hold this text: it has a zero byte, or "
            "bytes that are no UTF-8. Run the command again with --replace-text to copy such texts "
            "without them");
  first.change("UPDATE sessions SET reason = '' WHERE key = 2");
  EXPECT_TRUE(
      has(message_of(copy(from(first), to(place()))), "events, session_key 1, offset 6, column username: "));
  options.replace_text = true;
  const auto replaced = copy(from(first), to(place()));
  ASSERT_TRUE(replaced) << message_of(replaced);
  EXPECT_EQ(replaced->replaced, 1);
  EXPECT_EQ(replaced->first_replaced, "events, session_key 1, offset 6");
  ASSERT_TRUE(copy(from(place()), to(back)));
  EXPECT_EQ(back.one("SELECT username FROM events WHERE session_key = 1 AND \"offset\" = 6"),
            "a\xef\xbf\xbd"
            "b");
}

TEST_F(CopyTest, a_value_of_another_type_ends_the_copy_and_is_named) {
  const struct {
    const char* sql;
    std::string message;
  } rows[] = {
      {"UPDATE events SET id = '007' WHERE session_key = 2 AND \"offset\" = 1",
       "events, session_key 2, offset 1, column id: is no id: it must be a decimal number of 64 bits"},
      {"UPDATE events SET id = '18446744073709551616' WHERE session_key = 2 AND \"offset\" = 1",
       "events, session_key 2, offset 1, column id: is no id: it must be a decimal number of 64 bits"},
      {"UPDATE events SET type = 'dance' WHERE session_key = 1 AND \"offset\" = 9",
       "events, session_key 1, offset 9, column type: 'dance' is no type of events"},
      {"UPDATE users SET active = 2 WHERE id = 'u1'",
       "users, id 'u1', column active: 2 is outside of the range"},
      {"UPDATE login_failures SET failures = 2147483648",
       "login_failures, name_key 'n1', column failures: 2147483648 is outside of the range"},
      {"UPDATE people SET seen_at = 'late' WHERE user_id = 7",
       "people, user_id 7, column seen_at: is a text and must be a number"},
      {"UPDATE gifts SET name = x'00' WHERE id = -1",
       "gifts, id -1, column name: is bytes and must be a text"},
  };
  for (const auto& row : rows) {
    const SqliteFile first(true), second;
    first.change(installation_sql);
    first.change(row.sql);
    const auto ended = copy(from(first), to(second));
    ASSERT_FALSE(ended) << row.sql;
    EXPECT_EQ(ended.error().code, ErrorCode::database);
    EXPECT_EQ(message_of(ended), row.message);
  }
}

TEST_F(CopyTest, a_target_with_rows_and_databases_in_use_are_refused) {
  const SqliteFile first(true), full(true), none;
  first.change(installation_sql);
  full.change("INSERT INTO ended_logs VALUES ('a', 1)");
  const auto refusal = [&](const auto& result, ErrorCode code, const std::string& text) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code);
    EXPECT_TRUE(has(message_of(result), text)) << message_of(result);
  };
  refusal(copy(from(first), to(full)), refused,
          "the target sqlite " + full.path + " is not empty: its table 'ended_logs' has rows");
  ASSERT_TRUE(copy(from(first), to(place())));
  refusal(copy(from(first), to(place())), refused,
          "the target " + place().name() + " is not empty: its table 'users' has rows");
  refusal(copy(from(none), to(full)), ErrorCode::validation, "does not exist");
  EXPECT_FALSE(std::filesystem::exists(none.path + ".lock"));
  refusal(copy(from(place("nothing_here")), to(none)), refused, "has no tables of this program");
  {
    const Pause pause = [](std::chrono::milliseconds) { return true; };
    const auto service = sqlite::OwnerLock::take(first.path, std::chrono::milliseconds(0), pause, log);
    ASSERT_TRUE(service);
    refusal(copy(from(first), to(none)), ErrorCode::conflict, "is in use by process ");
    refusal(copy(from(place()), to(first)), ErrorCode::conflict, "is in use by process ");
  }
  postgres::HeldLease::Options service_options{"start", "profile-api"};
  service_options.timeout = std::chrono::milliseconds(0);
  const auto service = postgres::HeldLease::take(place().target, place().schema, service_options, log);
  ASSERT_TRUE(service) << message_of(service);
  refusal(copy(from(place()), to(none)), ErrorCode::conflict, "the database is in use by process ");
  refusal(copy(from(first), to(place())), ErrorCode::conflict, "the database is in use by process ");

  PostgresPlace waiting = place();
  waiting.lease_timeout = std::chrono::milliseconds(1'000);
  std::vector<std::string> lines;
  const OnWait on_wait = [&lines](const std::string& line) { lines.push_back(line); };
  refusal(open_postgres_source(waiting, log, on_wait), ErrorCode::conflict, "is in use by process ");
  refusal(open_postgres_target(waiting, log, on_wait), ErrorCode::conflict, "is in use by process ");
  ASSERT_EQ(lines.size(), 2U) << "one for each wait";
  for (const std::string& line : lines) {
    EXPECT_TRUE(line.starts_with("waiting for process " + std::to_string(getpid()) + " on host ")) << line;
    EXPECT_TRUE(has(line, " to end, which uses " + place().name() + ": ")) << line;
  }
}

TEST_F(CopyTest, another_owner_ends_the_copy) {
  const SqliteFile first(true), second;
  first.change(installation_sql);
  const auto taken = copy(from(first), to(place()), [&](DisturbedTarget& target) {
    target.before_check = [&] {
      run_sql(
          "UPDATE copied.leases SET owner = 'a service', epoch = epoch + 1, "
          "expires_at = clock_timestamp() + interval '1 hour'");
    };
  });
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::conflict);
  EXPECT_EQ(message_of(taken), place().name() + ": another process has become its owner during the copy");
  const auto file_taken = copy(from(first), to(second), [&](DisturbedTarget& target) {
    // Who removes the lock file and makes it again has the database.
    target.before_check = [&] {
      std::filesystem::remove(second.path + ".lock");
      const Pause pause = [](std::chrono::milliseconds) { return true; };
      other_owner.emplace(
          std::move(*sqlite::OwnerLock::take(second.path, std::chrono::milliseconds(0), pause, log)));
    };
  });
  ASSERT_FALSE(file_taken);
  EXPECT_EQ(file_taken.error().code, ErrorCode::conflict);
  EXPECT_EQ(message_of(file_taken), "sqlite " + second.path + ": another process has become its owner");
}

}  // namespace papi::copy
