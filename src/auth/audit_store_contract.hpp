#pragma once

// What every AuditStore promises. An engine's test instantiates the suite with a type that has:
//   Executor executor();
//   AuditStore& store();
//   void reopen();  // as after a restart: store() is a new object on the same data
//   void refuse(bool on);  // whether the storage refuses records whose endpoint is "refused"

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <future>

#include "auth/audit_store.hpp"

namespace papi::auth {

template <class Engine>
class AuditStoreContract : public ::testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(engine.executor(), std::move(task), net::use_future).get();
  }
  static AuditRecord record(AuditKind kind, bool success, std::string subject, UnixMs at = 1'000) {
    AuditRecord made;
    made.kind = kind;
    made.success = success;
    made.subject = std::move(subject);
    made.at = at;
    return made;
  }
  Result<void> try_append(std::vector<AuditRecord> records) {
    return run(engine.store().append(engine.executor(), std::move(records)));
  }
  void append(std::vector<AuditRecord> records) {
    const auto done = try_append(std::move(records));
    ASSERT_TRUE(done) << done.error().message;
  }
  static AuditQuery everything() {
    AuditQuery query;
    query.kinds = audit_kinds("all");
    query.limit = 1'000;
    return query;
  }
  AuditPage read(AuditQuery query = everything()) {
    auto page = run(engine.store().read(engine.executor(), std::move(query)));
    EXPECT_TRUE(page) << page.error().message;
    return page ? *std::move(page) : AuditPage();
  }
  /// The subjects, newest first, with spaces between.
  std::string subjects(AuditQuery query = everything()) {
    std::string text;
    for (const AuditRecord& found : read(std::move(query)).recent)
      text += (text.empty() ? "" : " ") + found.subject;
    return text;
  }
  Result<std::size_t> erase_before(UnixMs before, std::size_t limit) {
    return run(engine.store().erase_before(engine.executor(), before, limit));
  }

  Engine engine;
};
TYPED_TEST_SUITE_P(AuditStoreContract);

TYPED_TEST_P(AuditStoreContract, keeps_every_field_in_order_over_a_restart) {
  AuditRecord first;
  first.at = 1'790'000'000'001;
  first.kind = AuditKind::key_change;
  first.success = true;
  first.username = "änn 'q'";
  first.client_ip = "2001:db8::1";
  first.endpoint = "POST /auth/keys";
  first.subject = "k_1";
  first.reason = "made 🎤";
  first.correlation_id = "c-1";
  this->append({first, this->record(AuditKind::overflow, false, "b", 5)});
  this->append({this->record(AuditKind::login, true, "c", 1)});
  this->append({});
  this->engine.reopen();
  EXPECT_EQ(this->subjects(), "c b k_1") << "the order of writing, not of the times";
  const AuditRecord kept = this->read().recent.back();
  EXPECT_EQ(kept.at, first.at);
  EXPECT_EQ(kept.kind, first.kind);
  EXPECT_EQ(kept.success, true);
  EXPECT_EQ(kept.username, first.username);
  EXPECT_EQ(kept.client_ip, first.client_ip);
  EXPECT_EQ(kept.endpoint, first.endpoint);
  EXPECT_EQ(kept.reason, first.reason);
  EXPECT_EQ(kept.correlation_id, first.correlation_id);
  EXPECT_EQ(this->read().recent[1].success, false);
}

TYPED_TEST_P(AuditStoreContract, each_kind_is_read_as_it_was_written) {
  for (const AuditKind kind : audit_kinds("all")) {
    this->append({this->record(kind, true, std::string(to_string(kind)))});
    AuditQuery one;
    one.kinds = {kind};
    const AuditPage page = this->read(one);
    ASSERT_EQ(page.recent.size(), 1u) << to_string(kind);
    EXPECT_EQ(page.recent[0].kind, kind);
    EXPECT_EQ(page.recent[0].subject, to_string(kind));
  }
}

TYPED_TEST_P(AuditStoreContract, a_query_takes_kinds_failures_a_time_and_a_limit) {
  this->append({this->record(AuditKind::login, true, "a", 10), this->record(AuditKind::login, false, "b", 20),
                this->record(AuditKind::logout, true, "c", 30),
                this->record(AuditKind::lockout, false, "d", 40)});
  const struct {
    std::vector<AuditKind> kinds;
    bool only_failures;
    UnixMs since;
    std::size_t limit;
    std::string subjects;
    std::int64_t total;
  } rows[] = {{audit_kinds("all"), false, 0, 10, "d c b a", 4},
              {audit_kinds("all"), false, 0, 2, "d c", 4},
              {audit_kinds("all"), true, 0, 10, "d b", 2},
              {audit_kinds("all"), false, 20, 10, "d c b", 3},
              {audit_kinds("all"), false, 41, 10, "", 0},
              {{AuditKind::login, AuditKind::logout}, false, 0, 10, "c b a", 3},
              {{AuditKind::login}, true, 20, 10, "b", 1},
              {{AuditKind::overflow}, false, 0, 10, "", 0},
              {{}, false, 0, 10, "", 0}};
  for (const auto& row : rows) {
    AuditQuery query;
    query.kinds = row.kinds;
    query.only_failures = row.only_failures;
    query.since = row.since;
    query.limit = row.limit;
    EXPECT_EQ(this->subjects(query), row.subjects) << row.total;
    EXPECT_EQ(this->read(query).totals.total, row.total) << row.subjects;
  }
}

TYPED_TEST_P(AuditStoreContract, totals_are_the_largest_first_and_ties_in_the_order_of_bytes) {
  using Counts = std::vector<std::pair<std::string, std::int64_t>>;
  std::vector<AuditRecord> records;
  const auto add = [&](AuditKind kind, const char* address, const char* username, const char* subject) {
    records.push_back(this->record(kind, true, subject));
    records.back().client_ip = address;
    records.back().username = username;
  };
  add(AuditKind::login, "10.0.0.1", "ann", "k_1");
  add(AuditKind::login, "10.0.0.2", "Zoe", "k_2");
  add(AuditKind::login, "", "", "bob");
  add(AuditKind::lockout, "10.0.0.2", "", "bob");
  add(AuditKind::logout, "", "", "");
  this->append(std::move(records));
  const AuditTotals totals = this->read().totals;
  EXPECT_EQ(totals.total, 5);
  EXPECT_EQ(totals.by_kind, (Counts{{"login", 3}, {"lockout", 1}, {"logout", 1}}));
  EXPECT_EQ(totals.by_ip, (Counts{{"10.0.0.2", 2}, {"10.0.0.1", 1}}));
  EXPECT_EQ(totals.by_user, (Counts{{"bob", 2}, {"Zoe", 1}, {"ann", 1}}));
}

TYPED_TEST_P(AuditStoreContract, no_more_than_twenty_counts_of_a_sort_are_read) {
  std::vector<AuditRecord> records;
  for (int i = 100; i < 125; ++i) {
    records.push_back(this->record(AuditKind::login, false, "u" + std::to_string(i)));
    records.back().client_ip = "10.0.0." + std::to_string(i);
  }
  this->append(std::move(records));
  const AuditTotals totals = this->read().totals;
  EXPECT_EQ(totals.total, 25);
  ASSERT_EQ(totals.by_ip.size(), 20u);
  EXPECT_EQ(totals.by_ip.back().first, "10.0.0.119");
  ASSERT_EQ(totals.by_user.size(), 20u);
  EXPECT_EQ(totals.by_user.front().first, "u100");
}

TYPED_TEST_P(AuditStoreContract, a_read_sees_appends_that_have_not_ended) {
  std::vector<std::future<Result<void>>> appends;
  for (int i = 0; i < 20; ++i) {
    std::vector<AuditRecord> records{this->record(AuditKind::login, true, "a")};
    Task<Result<void>> append = this->engine.store().append(this->engine.executor(), std::move(records));
    appends.push_back(net::co_spawn(this->engine.executor(), std::move(append), net::use_future));
  }
  EXPECT_EQ(this->read().recent.size(), 20u);
  for (auto& append : appends) EXPECT_TRUE(append.get());
}

TYPED_TEST_P(AuditStoreContract, a_batch_is_stored_as_a_whole_or_not_at_all) {
  this->engine.refuse(true);
  AuditRecord bad = this->record(AuditKind::login, true, "bad");
  bad.endpoint = "refused";
  const auto refused = this->try_append(
      {this->record(AuditKind::login, true, "before"), bad, this->record(AuditKind::login, true, "behind")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::database);
  EXPECT_EQ(this->subjects(), "");
  this->engine.refuse(false);
  this->append({this->record(AuditKind::login, true, "a"), bad});
  EXPECT_EQ(this->subjects(), "bad a");
}

TYPED_TEST_P(AuditStoreContract, long_texts_are_cut_between_characters) {
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "€";
  AuditRecord made = this->record(AuditKind::login, true, std::string(300, 's'));
  made.username = std::string(200, 'u');
  made.reason = euros;
  made.endpoint = std::string(300, 'e');
  this->append({made});
  const AuditRecord kept = this->read().recent.at(0);
  EXPECT_EQ(kept.username, std::string(200, 'u'));
  EXPECT_EQ(kept.subject, std::string(200, 's'));
  EXPECT_EQ(kept.reason, euros.substr(0, 198)) << "66 characters of three bytes";
  EXPECT_EQ(kept.endpoint, made.endpoint) << "it is bounded where it is made";
}

TYPED_TEST_P(AuditStoreContract, old_records_are_erased_in_bounded_steps) {
  this->append({this->record(AuditKind::login, true, "a", 10), this->record(AuditKind::login, true, "b", 10),
                this->record(AuditKind::login, true, "c", 10),
                this->record(AuditKind::login, true, "d", 11)});
  EXPECT_EQ(*this->erase_before(10, 2), 0u);
  EXPECT_EQ(*this->erase_before(11, 2), 2u);
  EXPECT_EQ(*this->erase_before(11, 2), 1u);
  EXPECT_EQ(*this->erase_before(11, 2), 0u);
  EXPECT_EQ(this->subjects(), "d");
}

TYPED_TEST_P(AuditStoreContract, records_younger_than_thirty_days_are_kept_whatever_is_asked) {
  constexpr UnixMs day = 86'400'000;
  const UnixMs now = SystemClock().now_ms();
  this->append({this->record(AuditKind::login, true, "29 days", now - 29 * day),
                this->record(AuditKind::login, true, "31 days", now - 31 * day)});
  const auto refused = this->erase_before(now, 10);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::database);
  EXPECT_EQ(this->subjects(), "31 days 29 days") << "nothing of the step";
  EXPECT_EQ(*this->erase_before(now - 30 * day, 10), 1u);
  EXPECT_EQ(this->subjects(), "29 days");
}

REGISTER_TYPED_TEST_SUITE_P(AuditStoreContract, keeps_every_field_in_order_over_a_restart,
                            each_kind_is_read_as_it_was_written,
                            a_query_takes_kinds_failures_a_time_and_a_limit,
                            totals_are_the_largest_first_and_ties_in_the_order_of_bytes,
                            no_more_than_twenty_counts_of_a_sort_are_read,
                            a_read_sees_appends_that_have_not_ended,
                            a_batch_is_stored_as_a_whole_or_not_at_all, long_texts_are_cut_between_characters,
                            old_records_are_erased_in_bounded_steps,
                            records_younger_than_thirty_days_are_kept_whatever_is_asked);

}  // namespace papi::auth
