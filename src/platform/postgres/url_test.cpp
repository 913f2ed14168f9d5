#include "platform/postgres/url.hpp"

#include <gtest/gtest.h>

namespace papi::postgres {
namespace {

std::string hosts_of(const Target& target) {
  std::string text;
  for (const Host& host : target.hosts) text += (text.empty() ? "" : " ") + host.shown();
  return text;
}

}  // namespace

TEST(PostgresUrl, reads_each_form) {
  struct Case {
    const char *url, *hosts, *user, *password, *database, *tls;
  };
  const Case rows[] = {
      {"postgresql://papi:secret@127.0.0.1:6432/profiles", "127.0.0.1:6432", "papi", "secret", "profiles",
       "prefer"},
      {"postgres://papi:secret@127.0.0.1/profiles", "127.0.0.1:5432", "papi", "secret", "profiles", "prefer"},
      {"postgresql+asyncpg://papi:secret@db.example/profiles", "db.example:5432", "papi", "secret",
       "profiles", "require"},
      {"postgresql://papi@localhost/", "localhost:5432", "papi", "", "", "prefer"},
      {"postgresql://", "localhost:5432", "", "", "", "prefer"},
      {"postgresql:///db", "localhost:5432", "", "", "db", "prefer"},
      {"postgresql://:5433/db", "localhost:5433", "", "", "db", "prefer"},
      {"postgresql://u@h", "h:5432", "u", "", "", "require"},
      // Escapes.
      {"postgresql://a%40b:p%2F%3A%40%3F%23%25%C3%A9@localhost/d%20b", "localhost:5432", "a@b",
       "p/:@?#%\xC3\xA9", "d b", "prefer"},
      {"postgresql://u:p@ss:word@localhost/db", "localhost:5432", "u", "p@ss:word", "db", "prefer"},
      {"postgresql://u:a+b@localhost/db", "localhost:5432", "u", "a+b", "db", "prefer"},
      // IPv6, several hosts, Unix sockets.
      {"postgresql://u@[::1]:5433/db", "[::1]:5433", "u", "", "db", "prefer"},
      {"postgresql://u@[2001:db8::1]/db", "[2001:db8::1]:5432", "u", "", "db", "require"},
      {"postgresql://u@a:1,b,[::2]:3/db", "a:1 b:5432 [::2]:3", "u", "", "db", "require"},
      {"postgresql://u@/db?host=a:1&host=b:2", "a:1 b:2", "u", "", "db", "require"},
      {"postgresql://u@/db?host=a,b&port=1,2", "a:1 b:2", "u", "", "db", "require"},
      {"postgresql://u@/db?host=a,b&port=7", "a:7 b:7", "u", "", "db", "require"},
      {"postgresql://u@/db?host=::1", "[::1]:5432", "u", "", "db", "prefer"},
      {"postgresql://u@/db?host=/run/postgresql", "/run/postgresql/.s.PGSQL.5432", "u", "", "db", "prefer"},
      {"postgresql:///db?host=/a%25b&port=5433&user=u&password=p%26q", "/a%b/.s.PGSQL.5433", "u", "p&q", "db",
       "prefer"},
      {"postgresql://u@%2Frun%2Fpg:5433/db", "/run/pg/.s.PGSQL.5433", "u", "", "db", "prefer"},
      {"postgresql://u@ignored/db?host=/run", "/run/.s.PGSQL.5432", "u", "", "db", "prefer"},
      // TLS.
      {"postgresql://u@h/db?sslmode=disable", "h:5432", "u", "", "db", "disable"},
      {"postgresql://u@h/db?ssl=require", "h:5432", "u", "", "db", "require"},
      {"postgresql://u@h/db?ssl=true", "h:5432", "u", "", "db", "require"},
      {"postgresql://u@h/db?ssl=verify-full", "h:5432", "u", "", "db", "verify-full"},
      {"postgresql://u@localhost/db?sslrootcert=/ca.pem", "localhost:5432", "u", "", "db", "verify-full"},
      {"postgresql://u@h/db?sslmode=prefer&sslrootcert=/ca.pem", "h:5432", "u", "", "db", "prefer"},
      {"postgresql://u@127.0.0.1,h/db", "127.0.0.1:5432 h:5432", "u", "", "db", "require"},
  };
  for (const Case& row : rows) {
    const auto target = Target::parse(row.url);
    ASSERT_TRUE(target) << row.url << ": " << target.error().message;
    EXPECT_EQ(hosts_of(*target), row.hosts) << row.url;
    EXPECT_EQ(target->user, row.user) << row.url;
    EXPECT_EQ(target->password.reveal(), row.password) << row.url;
    EXPECT_EQ(target->database, row.database) << row.url;
    EXPECT_EQ(to_string(target->tls), row.tls) << row.url;
    EXPECT_TRUE(target->warnings.empty()) << row.url;
  }
}

TEST(PostgresUrl, an_error_names_what_is_wrong_and_never_the_password) {
  struct Case {
    std::string url;
    const char* says;
  };
  const Case rows[] = {
      {"mysql://u:hunter2@h/db",
       "DATABASE_URL: must begin with postgresql://, postgres:// or postgresql+asyncpg://"},
      {"postgresql://u:hunter2@h:0/db", "DATABASE_URL: a port must be a number between 1 and 65535"},
      {"postgresql://u:hunter2@h:65536/db", "DATABASE_URL: a port must be a number between 1 and 65535"},
      {"postgresql://u:hunter2@h:5432x/db", "DATABASE_URL: a port must be a number between 1 and 65535"},
      {"postgresql://u:hunter2%ZZ@h/db",
       "DATABASE_URL: the password has a malformed % escape; write '%' as %25"},
      {"postgresql://u:hunter2%00@h/db",
       "DATABASE_URL: the password has a malformed % escape; write '%' as %25"},
      // A '/', '?' or '#' of the password ends the part where it should stand.
      {"postgresql://u:p/hunter2@h/db", "DATABASE_URL: has an unescaped '@' or '#' behind the host"},
      {"postgresql://u:p?hunter2=1@h/db", "DATABASE_URL: has an unescaped '@' or '#' behind the host"},
      {"postgresql://u:p#hunter2@h/db", "DATABASE_URL: has an unescaped '@' or '#' behind the host"},
      {"postgresql://u:hunter2/db", "DATABASE_URL: a port must be a number between 1 and 65535"},
      {"postgresql://u@[::1/db", "DATABASE_URL: an IPv6 address lacks its closing ']'"},
      {"postgresql://u@[h]/db", "DATABASE_URL: what stands in brackets is no IPv6 address"},
      {"postgresql://u@[::1]5432/db", "DATABASE_URL: behind ']' must stand ':' and a port"},
      {"postgresql://u@::1/db", "DATABASE_URL: an IPv6 address as host must stand in brackets"},
      {"postgresql://u@a b/db", "DATABASE_URL: a host is neither a host name nor an IP address"},
      {"postgresql://u@h/a/b", "DATABASE_URL: the database's name must not have a '/'"},
      {"postgresql://u@a,a,a,a,a,a,a,a,a/db", "DATABASE_URL: names more than 8 hosts"},
      {"postgresql://u@%2Fa%2Cb/db", "DATABASE_URL: the folder of a Unix socket must not have ',' or ':'"},
      {"postgresql://u@h/db?sslmod=require",
       "DATABASE_URL: has an unknown parameter; did you mean 'sslmode'?"},
      // The rest of a password behind an unescaped '&'.
      {"postgresql://u@h/db?password=p&hunter2",
       "DATABASE_URL: has an unknown parameter; known are host, port, user, password, dbname, database, "
       "sslmode, ssl, sslrootcert, sslcert, sslkey, application_name, target_session_attrs, connect_timeout, "
       "timeout; in a value, write '&' as %26"},
      {"postgresql://u@h/db?sslmode", "DATABASE_URL: parameter 'sslmode' has no value"},
      {"postgresql://u@h/db?sslmode=on", "DATABASE_URL: parameter 'sslmode' must be one of disable, allow,"},
      {"postgresql://u@h/db?ssl=verify", "DATABASE_URL: parameter 'ssl' must be one of disable, allow,"},
      {"postgresql://u@h/db?sslmode=disable&ssl=on", "DATABASE_URL: parameter 'ssl' must be one of"},
      {"postgresql://u@h/db?target_session_attrs=master",
       "DATABASE_URL: parameter 'target_session_attrs' must be one of any, read-write,"},
      {"postgresql://u@h/db?connect_timeout=0", "DATABASE_URL: parameter 'connect_timeout' must be a number"},
      {"postgresql://u@h/db?port=1,2", "DATABASE_URL: parameter 'port' must name one port, or one for each"},
      {"postgresql://u@h/db?sslcert=/c.pem",
       "DATABASE_URL: parameters 'sslcert' and 'sslkey' must be given together"},
      {"postgresql://u@h/db?options=-csearch_path%3Da",
       "DATABASE_URL: parameter 'options' is not supported: poolers refuse it"},
      {"postgresql://u@h/" + std::string(9'000, 'd'), "DATABASE_URL: longer than 8192 bytes"},
  };
  for (const Case& row : rows) {
    const auto target = Target::parse(row.url);
    ASSERT_FALSE(target) << row.url;
    EXPECT_EQ(target.error().code, ErrorCode::validation) << row.url;
    EXPECT_EQ(target.error().message.rfind(row.says, 0), 0u) << row.url << ": " << target.error().message;
    EXPECT_EQ(target.error().message.find("hunter2"), std::string::npos) << row.url;
  }
}

TEST(PostgresUrl, names_parameters_without_effect_as_warnings) {
  const auto target = Target::parse(
      "postgresql+asyncpg://u@h/"
      "db?prepared_statement_cache_size=0&command_timeout=5&application_name=x&timeout=7");
  ASSERT_TRUE(target) << target.error().message;
  const std::vector<std::string> expected{
      "DATABASE_URL: parameter 'prepared_statement_cache_size' has no effect",
      "DATABASE_URL: parameter 'command_timeout' has no effect"};
  EXPECT_EQ(target->warnings, expected);
  EXPECT_EQ(target->application_name, "x");
  EXPECT_EQ(target->connect_timeout, std::chrono::seconds(7));
}

TEST(PostgresUrl, gives_keywords_without_the_password) {
  const auto target = Target::parse("postgresql://papi:hunter2@db.example/profiles?sslmode=verify-full");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->shown(), "papi@db.example:5432/profiles");
  std::string all;
  for (const auto& [name, value] : target->keywords()) all += std::string(name) + "=" + value + "\n";
  EXPECT_EQ(all.find("hunter2"), std::string::npos);
  for (const char* line : {"user=papi\n", "dbname=profiles\n", "sslmode=verify-full\n",
                           "sslrootcert=/etc/ssl/certs/ca-certificates.crt\n", "client_encoding=UTF8\n"}) {
    EXPECT_NE(all.find(line), std::string::npos) << line;
  }
}

}  // namespace papi::postgres
