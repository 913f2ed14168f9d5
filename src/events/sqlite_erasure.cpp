// Erasure: removes a person's name from the events of every session, in steps that block nobody for long.

#include "events/sqlite_event_store.hpp"
#include "events/sqlite_totals.hpp"

namespace papi::events {
namespace {

constexpr std::int64_t rows_per_look = 2'000;

struct Place {
  SessionKey session_key;
  std::int64_t offset = 0;
};
struct Look {
  std::vector<Place> concerned;
  Place last;
  bool more = false;
};

Look look_from(sqlite::Database& database, Place from, const ErasedPerson& person) {
  auto rows = database.prepare(
      "SELECT session_key, \"offset\", body FROM events WHERE (session_key, \"offset\") > (?1, ?2) "
      "ORDER BY session_key, \"offset\" LIMIT ?3");
  rows.bind(1, from.session_key).bind(2, from.offset).bind(3, rows_per_look);
  Look look;
  std::int64_t seen = 0;
  while (rows.step()) {
    ++seen;
    look.last = {SessionKey(rows.integer(0)), rows.integer(1)};
    if (redact(rows.text(2), person)) look.concerned.push_back(look.last);
  }
  look.more = seen == rows_per_look;
  return look;
}

/// Reads each event again, because since the look-up another person may have been removed from it, or it may
/// have been deleted. Returns how many events were changed.
std::size_t change(sqlite::Database& database, const std::vector<Place>& places, const ErasedPerson& person) {
  auto read = database.prepare("SELECT body FROM events WHERE session_key = ?1 AND \"offset\" = ?2");
  auto update = database.prepare(
      "UPDATE events SET body = ?3, username = CASE lower(username) WHEN ?4 THEN '' ELSE username END "
      "WHERE session_key = ?1 AND \"offset\" = ?2");
  auto account = database.prepare("UPDATE sessions SET bytes = bytes - ?2 WHERE key = ?1");
  std::size_t changed = 0;
  for (const Place& place : places) {
    read.bind(1, place.session_key).bind(2, place.offset);
    const std::string body(read.step() ? read.text(0) : std::string_view());
    read.reset();
    const auto redacted = redact(body, person);
    if (!redacted) continue;
    ++changed;
    update.bind(1, place.session_key).bind(2, place.offset).bind(3, *redacted).bind(4, person.username).run();
    const auto less = static_cast<std::int64_t>(body.size()) - static_cast<std::int64_t>(redacted->size());
    account.bind(1, place.session_key).bind(2, less).run();
  }
  return changed;
}

/// An open streak holds its newest gift event. There are few open streaks.
void redact_open_streaks(sqlite::Database& database, const ErasedPerson& person) {
  struct Row {
    SessionKey session_key;
    std::string streak_id, body;
  };
  std::vector<Row> concerned;
  auto rows = database.prepare("SELECT session_key, streak_id, body FROM open_streaks");
  while (rows.step()) {
    if (auto redacted = redact(rows.text(2), person))
      concerned.push_back({SessionKey(rows.integer(0)), std::string(rows.text(1)), std::move(*redacted)});
  }
  auto update =
      database.prepare("UPDATE open_streaks SET body = ?3 WHERE session_key = ?1 AND streak_id = ?2");
  for (const Row& row : concerned)
    update.bind(1, row.session_key).bind(2, row.streak_id).bind(3, row.body).run();
}

}  // namespace

Task<Result<ErasedPerson>> SqliteEventStore::person_of(Executor executor, std::string username,
                                                       std::string nickname) {
  // Waits for everything that is queued now, so that the reader sees it.
  sqlite::Writer::Job nothing = [](sqlite::Database&) {};
  if (auto done = co_await writer_.write(executor, std::move(nothing)); !done) co_return done.error();
  std::function<ErasedPerson(sqlite::Database&)> query = [username, nickname](sqlite::Database& database) {
    ErasedPerson person{username, {}, {}};
    if (!nickname.empty()) person.nicknames.push_back(nickname);
    add_known_ids(database, person);
    return person;
  };
  co_return co_await readers_.read<ErasedPerson>(executor, std::move(query));
}

Task<Result<std::size_t>> SqliteEventStore::erase_person(Executor executor, std::string username,
                                                         std::string nickname) {
  CO_TRY(const ErasedPerson person, co_await person_of(executor, std::move(username), std::move(nickname)));
  const auto count = std::make_shared<std::size_t>(0);
  const auto step = std::make_shared<std::size_t>(0);
  Look look;
  do {
    if (stopping_) co_return Error(ErrorCode::unavailable, "The service is shutting down; ask again");
    std::function<Look(sqlite::Database&)> find = [from = look.last, person](sqlite::Database& database) {
      return look_from(database, from, person);
    };
    CO_TRY(look, co_await readers_.read<Look>(executor, std::move(find)));
    if (look.concerned.empty()) continue;
    sqlite::Writer::Job job = [places = std::move(look.concerned), person, step](sqlite::Database& database) {
      *step = change(database, places, person);
    };
    if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
    *count += *step;
  } while (look.more);
  // The figures come last: by now they include the events that were still being written at the start.
  sqlite::Writer::Job figures = [person](sqlite::Database& database) {
    redact_open_streaks(database, person);
    erase_from_totals(database, person);
  };
  if (auto done = co_await writer_.write(executor, std::move(figures)); !done) co_return done.error();
  co_return *count;
}

}  // namespace papi::events
