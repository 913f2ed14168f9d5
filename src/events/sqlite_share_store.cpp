#include "events/sqlite_share_store.hpp"

namespace papi::events {
namespace {

SessionShares read_shares(sqlite::Database& database, SessionKey session_key) {
  auto& rows = database.cached(
      "SELECT reader, shared_at FROM session_shares WHERE session_key = ?1 ORDER BY shared_at, reader");
  rows.bind(1, session_key);
  SessionShares shares;
  while (rows.step()) shares.push_back({std::string(rows.text(0)), rows.integer(1)});
  rows.reset();
  return shares;
}

std::map<SessionKey, SessionShares> read_all_shares(sqlite::Database& database) {
  std::map<SessionKey, SessionShares> all;
  auto rows = database.prepare(
      "SELECT session_key, reader, shared_at FROM session_shares ORDER BY shared_at, reader");
  while (rows.step())
    all[SessionKey(rows.integer(0))].push_back({std::string(rows.text(1)), rows.integer(2)});
  return all;
}

void remove_share(sqlite::Database& database, SessionKey session_key, const std::string& reader) {
  database.cached("DELETE FROM session_shares WHERE session_key = ?1 AND reader = ?2")
      .bind(1, session_key)
      .bind(2, reader)
      .run();
}

void add_share(sqlite::Database& database, SessionKey session_key, const SessionShare& share) {
  database
      .cached(
          "INSERT INTO session_shares(session_key, reader, shared_at) VALUES (?1, ?2, ?3) ON CONFLICT DO "
          "NOTHING")
      .bind(1, session_key)
      .bind(2, share.reader)
      .bind(3, share.shared_at)
      .run();
}

}  // namespace

Result<std::map<SessionKey, SessionShares>> SqliteShareStore::shares_in(sqlite::Database& database) {
  try {
    return read_all_shares(database);
  } catch (const sqlite::DatabaseFault& fault) {
    return fault.as_error();
  }
}

Task<Result<std::map<SessionKey, SessionShares>>> SqliteShareStore::load(Executor executor) {
  const auto all = std::make_shared<std::map<SessionKey, SessionShares>>();
  sqlite::Writer::Job job = [all](sqlite::Database& database) { *all = read_all_shares(database); };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return std::move(*all);
}

void SqliteShareStore::delete_session(sqlite::Database& database, SessionKey session_key) {
  database.cached("DELETE FROM session_shares WHERE session_key = ?1").bind(1, session_key).run();
}

void SqliteShareStore::move(sqlite::Database& database, SessionKey from, SessionKey to,
                            const std::string& owner) {
  database
      .cached(
          "UPDATE session_shares SET session_key = ?2 WHERE session_key = ?1 AND "
          "(SELECT owner FROM sessions WHERE key = ?1) = ?3")
      .bind(1, from)
      .bind(2, to)
      .bind(3, owner)
      .run();
}

Task<Result<SessionShares>> SqliteShareStore::change(Executor executor, SessionKey session_key,
                                                     std::function<void(sqlite::Database&)> edit) {
  const auto shares = std::make_shared<SessionShares>();
  sqlite::Writer::Job job = [session_key, shares, edit = std::move(edit)](sqlite::Database& database) {
    if (edit) edit(database);
    *shares = read_shares(database, session_key);
  };
  if (auto done = co_await writer_.write(executor, std::move(job)); !done) co_return done.error();
  co_return std::move(*shares);
}

Task<Result<SessionShares>> SqliteShareStore::read(Executor executor, SessionKey session_key) {
  return change(executor, session_key, nullptr);
}

Task<Result<SessionShares>> SqliteShareStore::add(Executor executor, SessionKey session_key,
                                                  SessionShare share, std::vector<std::string> gone) {
  return change(executor, session_key,
                [session_key, share = std::move(share), gone = std::move(gone)](sqlite::Database& database) {
                  for (const std::string& reader : gone) remove_share(database, session_key, reader);
                  add_share(database, session_key, share);
                });
}

Task<Result<SessionShares>> SqliteShareStore::remove(Executor executor, SessionKey session_key,
                                                     std::string reader) {
  return change(executor, session_key, [session_key, reader = std::move(reader)](sqlite::Database& database) {
    remove_share(database, session_key, reader);
  });
}

}  // namespace papi::events
