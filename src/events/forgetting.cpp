// A person who is to be forgotten: their name in the events of every session, in steps that hold nobody up.

#include "events/event_store.hpp"
#include "events/redaction.hpp"

namespace papi::events {
namespace {

constexpr std::int64_t rows_per_look = 2'000;

struct Place {
  std::int64_t session_key = 0;
  std::int64_t offset = 0;
};
struct Redacted {
  Place place;
  std::string body;
  std::int64_t bytes_less = 0;
};
struct Look {
  std::vector<Redacted> changed;
  Place last;
  bool more = false;
};

Look look_from(sqlite::Database& database, Place from, const std::string& username) {
  auto rows = database.prepare(
      "SELECT session_key, \"offset\", body FROM events WHERE (session_key, \"offset\") > (?1, ?2) "
      "ORDER BY session_key, \"offset\" LIMIT ?3");
  rows.bind(1, from.session_key).bind(2, from.offset).bind(3, rows_per_look);
  Look look;
  std::int64_t seen = 0;
  while (rows.step()) {
    ++seen;
    look.last = {rows.integer(0), rows.integer(1)};
    const std::string_view body = rows.text(2);
    if (auto redacted = redact(body, username)) {
      const auto less = static_cast<std::int64_t>(body.size()) - static_cast<std::int64_t>(redacted->size());
      look.changed.push_back({look.last, std::move(*redacted), less});
    }
  }
  look.more = seen == rows_per_look;
  return look;
}

void write_back(sqlite::Database& database, const std::vector<Redacted>& changed,
                const std::string& username) {
  auto update = database.prepare(
      "UPDATE events SET body = ?3, username = CASE lower(username) WHEN ?4 THEN '' ELSE username END "
      "WHERE session_key = ?1 AND \"offset\" = ?2");
  auto account = database.prepare("UPDATE sessions SET bytes = bytes - ?2 WHERE key = ?1");
  for (const Redacted& event : changed) {
    update.bind(1, event.place.session_key).bind(2, event.place.offset).bind(3, event.body).bind(4, username);
    update.run();
    account.bind(1, event.place.session_key).bind(2, event.bytes_less).run();
  }
}

}  // namespace

Task<Result<std::size_t>> EventStore::forget_person(Executor executor, std::string username) {
  sqlite::Writer::Job figures = [this, username](sqlite::Database& database) {
    if (projection_) projection_->forget_person(database, username);
  };
  if (auto done = co_await writer_.write(executor, std::move(figures)); !done) co_return done.error();
  std::size_t count = 0;
  Look look;
  do {
    std::function<Look(sqlite::Database&)> find = [from = look.last, username](sqlite::Database& database) {
      return look_from(database, from, username);
    };
    CO_TRY(look, co_await readers_.read<Look>(executor, std::move(find)));
    count += look.changed.size();
    if (look.changed.empty()) continue;
    sqlite::Writer::Job change = [changed = std::move(look.changed), username](sqlite::Database& database) {
      write_back(database, changed, username);
    };
    if (auto done = co_await writer_.write(executor, std::move(change)); !done) co_return done.error();
  } while (look.more);
  co_return count;
}

}  // namespace papi::events
