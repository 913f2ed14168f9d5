#include "events/sqlite_totals.hpp"

namespace papi::events {
namespace {

constexpr std::string_view add_to_person = R"sql(
    INSERT INTO session_people(session_key, user_id, username, nickname, avatar_url, comments, diamonds, likes, shares)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT DO UPDATE SET
      username = CASE ?3 WHEN '' THEN username ELSE ?3 END, nickname = CASE ?4 WHEN '' THEN nickname ELSE ?4 END,
      avatar_url = CASE ?5 WHEN '' THEN avatar_url ELSE ?5 END, comments = comments + ?6, diamonds = diamonds + ?7,
      likes = likes + ?8, shares = shares + ?9
    )sql";
constexpr std::string_view add_to_span = R"sql(
    INSERT INTO session_spans(session_key, starts_at, kind, n, amount, peak) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET n = n + ?4, amount = amount + ?5, peak = max(peak, ?6)
    )sql";
constexpr std::string_view set_now =
    "INSERT INTO session_now(session_key, viewers) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET viewers = ?2";

}  // namespace

void add_totals(sqlite::Database& database, SessionKey session_key, const SessionTotals& totals) {
  sqlite::Statement& person_row = database.cached(add_to_person);
  for (const PersonTotals& person : totals.people) {
    person_row.bind(1, session_key).bind(2, static_cast<std::int64_t>(person.user_id.value()));
    person_row.bind(3, person.username).bind(4, person.nickname);
    person_row.bind(5, person.avatar_url).bind(6, person.comments).bind(7, person.diamonds);
    person_row.bind(8, person.likes).bind(9, person.shares).run();
  }
  sqlite::Statement& span_row = database.cached(add_to_span);
  for (const SpanTotals& span : totals.spans) {
    span_row.bind(1, session_key).bind(2, span.starts_at).bind(3, span.kind);
    span_row.bind(4, span.sum.n).bind(5, span.sum.amount).bind(6, span.sum.peak).run();
  }
  if (totals.viewers) database.cached(set_now).bind(1, session_key).bind(2, *totals.viewers).run();
}

void add_known_ids(sqlite::Database& database, ErasedPerson& person) {
  auto rows =
      database.prepare("SELECT DISTINCT user_id, nickname FROM session_people WHERE lower(username) = ?1");
  rows.bind(1, person.username);
  while (rows.step()) {
    person.ids.push_back(rows.integer(0));
    if (!rows.text(1).empty()) person.nicknames.emplace_back(rows.text(1));
  }
}

void erase_from_totals(sqlite::Database& database, const ErasedPerson& person) {
  constexpr std::string_view blank =
      "UPDATE session_people SET username = '', nickname = '', avatar_url = '' WHERE ";
  database.prepare(std::string(blank) + "lower(username) = ?1").bind(1, person.username).run();
  auto by_id = database.prepare(std::string(blank) + "user_id = ?1");
  for (const std::int64_t id : person.ids) by_id.bind(1, id).run();
}

void delete_totals(sqlite::Database& database, SessionKey session_key) {
  for (const char* sql : {"DELETE FROM session_people WHERE session_key = ?1",
                          "DELETE FROM session_spans WHERE session_key = ?1",
                          "DELETE FROM session_now WHERE session_key = ?1"}) {
    database.prepare(sql).bind(1, session_key).run();
  }
}

}  // namespace papi::events
