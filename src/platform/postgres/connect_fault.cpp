#include "platform/postgres/connect_fault.hpp"

#include <algorithm>

#include "platform/base/text.hpp"

namespace papi::postgres {
namespace {

struct Failure {
  std::string_view state;   // begins the SQLSTATE; empty: any
  std::string_view phrase;  // is in the message; empty: any
  FaultKind kind;
  std::string_view remedy;
};

// The first row that fits counts. pgbouncer says 08P01 for everything, so its words decide.
constexpr Failure failures[] = {
    {"28P01", "", FaultKind::configuration, "correct user and password in DATABASE_URL"},
    {"", "password authentication failed", FaultKind::configuration,
     "correct user and password in DATABASE_URL"},
    {"", "SASL authentication failed", FaultKind::configuration, "correct user and password in DATABASE_URL"},
    {"", "no password supplied", FaultKind::configuration, "write the user's password into DATABASE_URL"},
    {"", "no such user", FaultKind::configuration, "correct the user in DATABASE_URL"},
    {"28", "", FaultKind::configuration,
     "allow this user and address in the server's pg_hba.conf, or correct DATABASE_URL"},
    {"3D000", "", FaultKind::configuration, "create the database, or correct its name in DATABASE_URL"},
    {"", "no such database", FaultKind::configuration,
     "add the database to the pooler, or correct its name in DATABASE_URL"},
    {"42501", "", FaultKind::configuration, "GRANT CONNECT on the database to this user"},
    {"", "server does not support SSL", FaultKind::configuration,
     "turn TLS on in the server, or write sslmode=prefer into DATABASE_URL if the network between is "
     "trusted"},
    {"", "certificate", FaultKind::configuration,
     "set sslrootcert in DATABASE_URL to the file of the authority that signed the server's certificate, and "
     "connect by a name that stands in it"},
    {"", "private key", FaultKind::configuration,
     "correct sslcert and sslkey in DATABASE_URL, and the files' modes"},
    {"53300", "", FaultKind::away, "raise max_connections, or lower DB_POOL_SIZE and DB_POOL_MAX_OVERFLOW"},
    {"57P03", "", FaultKind::away, "it starts or stops; this goes on by itself"},
    {"", "", FaultKind::away, "start the server, or correct host and port in DATABASE_URL"},
};

/// One line, without what libpq puts before and behind the server's words.
std::string sentence_of(std::string_view message) {
  constexpr std::size_t longest = 300;
  std::string text;
  for (std::string_view line : split(message, '\n')) {
    line = trim(line);
    if (line.empty() || line.starts_with("LOCATION:")) continue;
    constexpr std::string_view failed = " failed: ";
    if (const auto at = line.find(failed); line.starts_with("connection to server") && at != line.npos)
      line.remove_prefix(at + failed.size());
    text += (text.empty() ? "" : "; ") + std::string(line);
  }
  if (text.size() > longest) text.resize(longest);
  return to_utf8(text);
}

}  // namespace

std::string_view sqlstate_in(std::string_view message) {
  // "FATAL:  28P01: …". The first word may be in any language.
  constexpr std::size_t length = 5;
  for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
    const std::string_view behind = message.substr(at + 3);
    if (behind.size() <= length || behind[length] != ':') continue;
    const std::string_view state = behind.substr(0, length);
    if (std::all_of(state.begin(), state.end(),
                    [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); })) {
      return state;
    }
  }
  return {};
}

DatabaseFault connect_fault(const Target& target, const Host& host, std::string_view message) {
  const std::string_view state = sqlstate_in(message);
  const Failure* row = std::find_if(std::begin(failures), std::end(failures), [&](const Failure& r) {
    return state.starts_with(r.state) && message.find(r.phrase) != std::string_view::npos;
  });
  const std::string who = target.user.empty() ? std::string() : " as user '" + target.user + "'";
  DatabaseFault fault(row->kind, "PostgreSQL at " + host.shown() + who + ": " + sentence_of(message) + "; " +
                                     std::string(row->remedy));
  fault.sqlstate = state;
  return fault;
}

}  // namespace papi::postgres
