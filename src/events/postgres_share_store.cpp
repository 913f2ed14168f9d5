#include "events/postgres_share_store.hpp"

#include "events/postgres_values.hpp"

namespace papi::events {

using postgres::Rows;
using postgres::Statement;
using postgres::Written;

Task<Result<std::map<SessionKey, SessionShares>>> PostgresShareStore::load(Executor) {
  std::vector<Statement> look;
  look.emplace_back("load_shares", schema_.qualify("SELECT session_key, reader, shared_at FROM "
                                                   "{schema}.session_shares ORDER BY shared_at, reader"));
  // Of the writer, so that it comes after the changes that are queued.
  CO_TRY(const Written written, co_await writer_.write_repeatable(std::move(look)));
  std::map<SessionKey, SessionShares> all;
  const Rows& rows = written.front();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all[SessionKey(rows[i].get<std::int64_t>(0))].push_back(
        {rows[i].get<std::string>(1), rows[i].get<std::int64_t>(2)});
  }
  co_return all;
}

Task<Result<SessionShares>> PostgresShareStore::change(SessionKey session_key,
                                                       std::vector<Statement> statements) {
  statements.emplace_back("read_shares",
                          schema_.qualify("SELECT reader, shared_at FROM {schema}.session_shares WHERE "
                                          "session_key = $1 ORDER BY shared_at, reader"),
                          session_key);
  CO_TRY(const Written written, co_await writer_.write_repeatable(std::move(statements)));
  SessionShares shares;
  const Rows& rows = written.back();
  for (std::size_t i = 0; i < rows.size(); ++i)
    shares.push_back({rows[i].get<std::string>(0), rows[i].get<std::int64_t>(1)});
  co_return shares;
}

Task<Result<SessionShares>> PostgresShareStore::read(Executor, SessionKey session_key) {
  std::vector<Statement> none;
  co_return co_await change(session_key, std::move(none));
}

Task<Result<SessionShares>> PostgresShareStore::add(Executor, SessionKey session_key, SessionShare share,
                                                    std::vector<std::string> gone) {
  for (std::string& reader : gone) reader = storable(reader);
  std::vector<Statement> statements;
  statements.emplace_back(
      "end_shares",
      schema_.qualify("DELETE FROM {schema}.session_shares WHERE session_key = $1 AND reader = ANY ($2)"),
      session_key, gone);
  statements.emplace_back("share",
                          schema_.qualify("INSERT INTO {schema}.session_shares (session_key, reader, "
                                          "shared_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"),
                          session_key, storable(share.reader), share.shared_at);
  co_return co_await change(session_key, std::move(statements));
}

Task<Result<SessionShares>> PostgresShareStore::remove(Executor, SessionKey session_key, std::string reader) {
  std::vector<Statement> statements;
  statements.emplace_back(
      "unshare",
      schema_.qualify("DELETE FROM {schema}.session_shares WHERE session_key = $1 AND reader = $2"),
      session_key, storable(reader));
  co_return co_await change(session_key, std::move(statements));
}

}  // namespace papi::events
