#include "events/postgres_event_store.hpp"

#include <map>

#include "events/postgres_values.hpp"

namespace papi::events {
namespace {

using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::WriteJob;
using postgres::Written;

constexpr std::string_view append_sql =
    "SELECT last_offset, left_out, stored FROM {schema}.append_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
    "$11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, "
    "$31, "
    "$32, $33, $34, $35, $36, $37, $38, $39)";

using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

/// The parameters of append_v1 that are arrays: one element a row.
struct Columns {
  Numbers batch_key, batch_first, batch_last, batch_bytes;
  Numbers key, offset, id, time, user, amount;
  std::vector<std::int16_t> type;
  Texts username, body;
  Numbers streak_key;
  Texts streak_id, streak_body;
  Numbers person_key, person_id, comments, diamonds, likes, shares;
  Texts person_username, nickname, avatar;
  Numbers span_key, span_start, span_n, span_amount, span_peak;
  Texts span_kind;
  Numbers now_key, viewers;

  void add(const StoredBatch& batch) {
    std::int64_t bytes = 0;
    for (const EventPtr& event : batch.events) {
      const std::string_view json = event->json();
      bytes += static_cast<std::int64_t>(json.size());
      key.push_back(batch.session_key.value());
      offset.push_back(to_stored(event->offset.value()));
      id.push_back(to_stored(event->id));
      time.push_back(event->time);
      user.push_back(to_stored(event->user_id.value()));
      amount.push_back(event->amount);
      type.push_back(stored_type(event->type));
      username.push_back(storable(event->username));
      body.emplace_back(json);
    }
    batch_key.push_back(batch.session_key.value());
    batch_first.push_back(batch.events.empty() ? 1 : to_stored(batch.events.front()->offset.value()));
    batch_last.push_back(batch.events.empty() ? 0 : to_stored(batch.events.back()->offset.value()));
    batch_bytes.push_back(bytes);
    add_streaks(batch);
    add_totals(batch);
  }
  void add_streaks(const StoredBatch& batch) {
    std::map<std::string_view, std::string_view> newest;  // one statement must not touch a row twice
    for (const StreakChange& streak : batch.streaks) newest[streak.streak_id] = streak.body;
    for (const auto& [streak, json] : newest) {
      streak_key.push_back(batch.session_key.value());
      streak_id.push_back(storable(streak));
      streak_body.emplace_back(json);
    }
  }
  void add_totals(const StoredBatch& batch) {
    if (batch.events.empty()) return;
    for (const PersonTotals& person : batch.totals.people) {
      person_key.push_back(batch.session_key.value());
      person_id.push_back(to_stored(person.user_id.value()));
      comments.push_back(person.comments);
      diamonds.push_back(person.diamonds);
      likes.push_back(person.likes);
      shares.push_back(person.shares);
      person_username.push_back(storable(person.username));
      nickname.push_back(storable(person.nickname));
      avatar.push_back(storable(person.avatar_url));
    }
    for (const SpanTotals& span : batch.totals.spans) {
      span_key.push_back(batch.session_key.value());
      span_start.push_back(span.starts_at);
      span_kind.emplace_back(span.kind);
      span_n.push_back(span.sum.n);
      span_amount.push_back(span.sum.amount);
      span_peak.push_back(span.sum.peak);
    }
    if (!batch.totals.viewers) return;
    now_key.push_back(batch.session_key.value());
    viewers.push_back(*batch.totals.viewers);
  }
};

}  // namespace

PostgresEventStore::PostgresEventStore(postgres::Writer& writer, postgres::Pool& pool,
                                       const postgres::Schema& schema, bool keep_events)
    : writer_(writer),
      pool_(pool),
      schema_(schema),
      keep_events_(keep_events),
      append_sql_(schema.qualify(append_sql)) {}

Task<Result<AppendResult>> PostgresEventStore::append(Executor, std::vector<StoredBatch> batches,
                                                      UpstreamPosition position) {
  if (!keep_events_) co_return AppendResult();
  Columns c;
  for (const StoredBatch& batch : batches) c.add(batch);
  std::vector<Statement> statements;
  statements.emplace_back("append", append_sql_, c.batch_key, c.batch_first, c.batch_last, c.batch_bytes,
                          storable(position.room), storable(position.room_id), storable(position.cursor),
                          position.likes, position.heard_at, position.platform_time, c.key, c.offset, c.id,
                          c.time, c.user, c.amount, c.type, c.username, c.body, c.streak_key, c.streak_id,
                          c.streak_body, c.person_key, c.person_id, c.comments, c.diamonds, c.likes, c.shares,
                          c.person_username, c.nickname, c.avatar, c.span_key, c.span_start, c.span_kind,
                          c.span_n, c.span_amount, c.span_peak, c.now_key, c.viewers);
  WriteJob job(std::move(statements));
  job.waits_for_server = true;     // the events are held in memory until they are stored
  job.repeatable = c.key.empty();  // only a position
  CO_TRY(const Written written, co_await writer_.write(std::move(job)));
  if (written.empty()) co_return co_await offsets_now(std::move(c.batch_key));
  AppendResult result;
  for (std::size_t i = 0; i < written.front().size(); ++i) {
    const Row row = written.front()[i];
    const bool left_out = row.get<bool>(1);
    result.stored = row.get<bool>(2);
    result.left_out.push_back(left_out);
    result.last_offsets.emplace_back(from_stored(row.get<std::int64_t>(0)));
  }
  co_return result;
}

/// After a commit whose answer was lost.
Task<Result<AppendResult>> PostgresEventStore::offsets_now(std::vector<std::int64_t> keys) {
  Statement look = statement("offsets_now",
                             "SELECT coalesce(s.last_offset, 0), coalesce(s.state = 'deleted', true) "
                             "FROM unnest($1::bigint[]) WITH ORDINALITY AS b(key, n) "
                             "LEFT JOIN {schema}.sessions AS s ON s.key = b.key ORDER BY b.n",
                             keys);
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  AppendResult result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    result.last_offsets.emplace_back(from_stored(rows[i].get<std::int64_t>(0)));
    result.left_out.push_back(rows[i].get<bool>(1));
  }
  co_return result;
}

Task<Result<std::vector<SessionKey>>> PostgresEventStore::sessions_with_open_streaks(Executor) {
  Statement look = statement("open_streaks", "SELECT DISTINCT session_key FROM {schema}.open_streaks");
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  std::vector<SessionKey> keys;
  keys.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) keys.emplace_back(rows[i].get<std::int64_t>(0));
  co_return keys;
}

Task<Result<UnixMs>> PostgresEventStore::newest_platform_time(Executor) {
  Statement look = statement("newest_platform_time",
                             "SELECT coalesce(max(platform_time), 0) FROM {schema}.upstream_positions");
  CO_TRY(const Rows rows, co_await pool_.ask(std::move(look)));
  co_return rows[0].get<std::int64_t>(0);
}

}  // namespace papi::events
