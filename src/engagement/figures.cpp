#include "engagement/figures.hpp"

#include <algorithm>
#include <unordered_map>

namespace papi::engagement {
namespace {

using events::Event;

constexpr const char* figures_schema[] = {
    R"sql(
    CREATE TABLE session_people (
      session_key INTEGER NOT NULL,
      user_id INTEGER NOT NULL,
      username TEXT NOT NULL,
      nickname TEXT NOT NULL,
      avatar_url TEXT NOT NULL,
      comments INTEGER NOT NULL,
      diamonds INTEGER NOT NULL,
      likes INTEGER NOT NULL,
      shares INTEGER NOT NULL,
      PRIMARY KEY (session_key, user_id)
    ) WITHOUT ROWID;
    CREATE TABLE session_spans (
      session_key INTEGER NOT NULL,
      starts_at INTEGER NOT NULL,
      kind TEXT NOT NULL,
      n INTEGER NOT NULL,
      amount INTEGER NOT NULL,
      peak INTEGER NOT NULL,
      PRIMARY KEY (session_key, starts_at, kind)
    ) WITHOUT ROWID;
    CREATE TABLE session_now (
      session_key INTEGER PRIMARY KEY,
      viewers INTEGER NOT NULL
    );
    )sql",
};

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

/// Names as they were said last; empty: not in this batch.
struct Person {
  std::string_view username, nickname, avatar_url;
  std::int64_t comments = 0, diamonds = 0, likes = 0, shares = 0;
};

/// What one batch adds, summed before it is written: a burst of one viewer's likes is one row's update.
struct Gathered {
  std::unordered_map<std::uint64_t, Person> people;
  std::map<std::pair<UnixMs, std::string_view>, Sum> spans;
  std::optional<std::int64_t> viewers;

  void add(const events::EncodedEvent& encoded) {
    const Event& event = encoded.source->event;
    const UnixMs span = event.time - event.time % Figures::span_ms;
    spans[{span, events::to_string(event.type())}].add(encoded.amount);
    Person nobody;
    Person& person = event.user && event.user->id != 0 ? people[event.user->id] : nobody;
    if (event.user) {
      if (!event.user->username.empty()) person.username = event.user->username;
      if (!event.user->nickname.empty()) person.nickname = event.user->nickname;
      if (!event.user->avatar_url.empty()) person.avatar_url = event.user->avatar_url;
    }
    if (std::holds_alternative<events::Comment>(event.body)) ++person.comments;
    if (std::holds_alternative<events::Share>(event.body)) ++person.shares;
    if (const auto* like = std::get_if<events::Like>(&event.body)) {
      person.likes += like->count;
      if (!event.other_room) spans[{span, like_total_kind}].add(like->total);
    }
    if (const auto* gift = std::get_if<events::Gift>(&event.body); gift && gift->streak_end) {
      person.diamonds += encoded.amount;
      spans[{span, streaks_kind}].add(encoded.amount);
      spans[{span, gifts_kind}].add(gift->count);
    }
    const auto* count = std::get_if<events::Viewers>(&event.body);
    if (count && !event.other_room) viewers = count->count;
  }
};

constexpr std::string_view column_of(RankBy by) {
  constexpr std::string_view columns[] = {"comments", "diamonds", "likes", "shares"};
  return columns[static_cast<int>(by)];
}
constexpr std::string_view type_of(RankBy by) {
  constexpr std::string_view types[] = {"comment", "gift", "like", "share"};
  return types[static_cast<int>(by)];
}

Ranked read_person(sqlite::Statement& row, std::int64_t score) {
  Ranked ranked;
  ranked.user_id = row.integer(0);
  ranked.username = row.text(1), ranked.nickname = row.text(2), ranked.avatar_url = row.text(3);
  ranked.score = score;
  return ranked;
}

}  // namespace

Result<void> Figures::prepare(sqlite::Database& database) {
  return database.migrate("engagement", figures_schema);
}

void Figures::apply(sqlite::Database& database, const events::StoredBatch& batch) {
  Gathered gathered;
  for (const events::EventPtr& event : batch.events) gathered.add(*event);
  sqlite::Statement& person_row = database.cached(add_to_person);
  for (const auto& [id, person] : gathered.people) {
    person_row.bind(1, batch.session_key).bind(2, static_cast<std::int64_t>(id));
    person_row.bind(3, person.username).bind(4, person.nickname);
    person_row.bind(5, person.avatar_url).bind(6, person.comments).bind(7, person.diamonds);
    person_row.bind(8, person.likes).bind(9, person.shares).run();
  }
  sqlite::Statement& span_row = database.cached(add_to_span);
  for (const auto& [key, sum] : gathered.spans) {
    span_row.bind(1, batch.session_key).bind(2, key.first).bind(3, key.second);
    span_row.bind(4, sum.n).bind(5, sum.amount).bind(6, sum.peak).run();
  }
  if (gathered.viewers) database.cached(set_now).bind(1, batch.session_key).bind(2, *gathered.viewers).run();
}

void Figures::add_ids(sqlite::Database& database, events::ForgottenPerson& person) const {
  auto rows =
      database.prepare("SELECT DISTINCT user_id, nickname FROM session_people WHERE lower(username) = ?1");
  rows.bind(1, person.username);
  while (rows.step()) {
    person.ids.push_back(rows.integer(0));
    if (!rows.text(1).empty()) person.nicknames.emplace_back(rows.text(1));
  }
}

void Figures::forget_person(sqlite::Database& database, const events::ForgottenPerson& person) {
  constexpr std::string_view blank =
      "UPDATE session_people SET username = '', nickname = '', avatar_url = '' WHERE ";
  database.prepare(std::string(blank) + "lower(username) = ?1").bind(1, person.username).run();
  auto by_id = database.prepare(std::string(blank) + "user_id = ?1");
  for (const std::int64_t id : person.ids) by_id.bind(1, id).run();
}

void Figures::forget(sqlite::Database& database, std::int64_t session_key) {
  for (const char* sql : {"DELETE FROM session_people WHERE session_key = ?1",
                          "DELETE FROM session_spans WHERE session_key = ?1",
                          "DELETE FROM session_now WHERE session_key = ?1"}) {
    database.prepare(sql).bind(1, session_key).run();
  }
}

Stats read_stats(sqlite::Database& database, std::int64_t session_key, UnixMs now) {
  Stats stats;
  auto sums = database.prepare(
      "SELECT kind, sum(n), sum(amount), max(peak), min(starts_at), max(starts_at),"
      " sum(CASE WHEN starts_at > ?2 THEN n ELSE 0 END), sum(CASE WHEN starts_at > ?2 THEN amount ELSE 0 END)"
      " FROM session_spans WHERE session_key = ?1 GROUP BY kind");
  sums.bind(1, session_key).bind(2, now - 60'000 - Figures::span_ms);
  while (sums.step()) {
    const std::string kind(sums.text(0));
    stats.sums[kind] = {sums.integer(1), sums.integer(2), sums.integer(3)};
    stats.last_minute[kind] = {sums.integer(6), sums.integer(7), 0};
    const UnixMs first = sums.integer(4);
    stats.first_span = stats.first_span == 0 ? first : std::min(stats.first_span, first);
    stats.last_span = std::max<UnixMs>(stats.last_span, sums.integer(5));
  }
  auto people = database.prepare("SELECT count(*) FROM session_people WHERE session_key = ?1");
  people.bind(1, session_key);
  if (people.step()) stats.unique_users = people.integer(0);
  auto viewers = database.prepare("SELECT viewers FROM session_now WHERE session_key = ?1");
  viewers.bind(1, session_key);
  if (viewers.step()) stats.viewers_now = viewers.integer(0);
  return stats;
}

std::vector<Ranked> read_ranking(sqlite::Database& database, std::int64_t session_key, RankBy by, int limit) {
  const std::string column(column_of(by));
  auto rows = database.prepare("SELECT user_id, username, nickname, avatar_url, " + column +
                               " FROM session_people WHERE session_key = ?1 AND " + column +
                               " > 0 ORDER BY " + column + " DESC, user_id LIMIT ?2");
  rows.bind(1, session_key).bind(2, std::int64_t{limit});
  std::vector<Ranked> ranking;
  while (rows.step()) ranking.push_back(read_person(rows, rows.integer(4)));
  return ranking;
}

bool RecentRanking::step(sqlite::Database& database) {
  // Events stand in the order of their arrival, which is that of their times but for a backlog or a late one;
  // a long stretch of older ones ends the search.
  constexpr int older_in_a_row = 2'000;
  auto rows = database.prepare(
      "SELECT \"offset\", timestamp_ms, type, user_id, amount FROM events"
      " WHERE session_key = ?1 AND \"offset\" < ?2 ORDER BY \"offset\" DESC LIMIT ?3");
  rows.bind(1, session_key_).bind(2, below_).bind(3, rows_per_step);
  std::int64_t read = 0;
  while (older_ < older_in_a_row && rows.step()) {
    ++read;
    below_ = rows.integer(0);
    older_ = rows.integer(1) < since_ ? older_ + 1 : 0;
    if (older_ == 0 && rows.text(2) == type_of(by_) && rows.integer(3) != 0)
      scores_[rows.integer(3)] += rows.integer(4);
  }
  rows_ += read;
  return read == rows_per_step && older_ < older_in_a_row && !too_large();
}

std::vector<Ranked> RecentRanking::top(sqlite::Database& database, int limit) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> order(scores_.begin(), scores_.end());
  std::erase_if(order, [](const auto& entry) { return entry.second <= 0; });
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (order.size() > static_cast<std::size_t>(limit)) order.resize(static_cast<std::size_t>(limit));
  std::vector<Ranked> ranking;
  for (const auto& [user_id, score] : order) {
    auto person = database.prepare(
        "SELECT user_id, username, nickname, avatar_url FROM session_people WHERE session_key = ?1 AND "
        "user_id = ?2");
    person.bind(1, session_key_).bind(2, user_id);
    if (person.step()) ranking.push_back(read_person(person, score));
  }
  return ranking;
}

std::vector<Bucket> read_timeline(sqlite::Database& database, std::int64_t session_key, UnixMs bucket_ms,
                                  UnixMs since, UnixMs until, int max_buckets) {
  auto rows = database.prepare(
      "SELECT starts_at - starts_at % ?2 AS bucket, kind, sum(n), sum(amount), max(peak) FROM session_spans"
      " WHERE session_key = ?1 AND starts_at >= ?3 AND starts_at <= ?4 GROUP BY bucket, kind ORDER BY "
      "bucket");
  rows.bind(1, session_key).bind(2, bucket_ms).bind(3, since).bind(4, until);
  std::vector<Bucket> buckets;
  while (rows.step()) {
    if (buckets.empty() || buckets.back().starts_at != rows.integer(0)) {
      if (buckets.size() == static_cast<std::size_t>(max_buckets)) break;
      buckets.push_back({rows.integer(0), {}});
    }
    buckets.back().sums[std::string(rows.text(1))] = {rows.integer(2), rows.integer(3), rows.integer(4)};
  }
  return buckets;
}

}  // namespace papi::engagement
