#include "tests/postgres_schema.hpp"

#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "platform/postgres/writer_marks.hpp"
#include "schema/postgres_schema.hpp"

namespace papi::test {
namespace {

template <class T, class E>
T value_of(boost::system::result<T, E> result, const std::string& what) {
  if constexpr (std::is_same_v<E, Error>) {
    if (!result) throw std::runtime_error(what + ": " + result.error().message);
  } else {
    if (!result) throw std::runtime_error(what + ": " + result.error().what);
  }
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// Makes the tables, or empties them, on a connection of its own.
void prepare(const postgres::Target& target, const postgres::Schema& schema, const std::string& empty) {
  net::io_context io{1};
  postgres::Connection connection(io.get_executor(), postgres::ConnectionOptions());
  auto work = [&]() -> Task<Result<void>> {
    if (auto connected = co_await connection.connect(target); !connected) co_return connected.error();
    auto made = co_await postgres::migrate(connection, schema, schema::embedded_postgres_migrations());
    if (!made) co_return made.error();
    if (*made > 0) co_return Result<void>();
    if (auto emptied = co_await connection.script(empty); !emptied) co_return emptied.error();
    co_return Result<void>();
  };
  auto done = net::co_spawn(io, work(), net::use_future);
  io.run();
  value_of(done.get(), "the tables of the tests");
}

}  // namespace

postgres::WriterOptions PostgresSchema::writer_options() const {
  postgres::WriterOptions options;
  options.marks = postgres::marks_in(schema_);
  return options;
}

PostgresSchema::PostgresSchema(bool pooled)
    : schema_(value_of(postgres::Schema::parse("stores", "schema"), "schema")),
      target_(value_of(postgres::Target::parse(PostgresServer::shared().url()), "url")) {
  const PostgresServer& server = PostgresServer::shared();
  // The tables are made once for the program: emptying them takes a tenth of the time.
  prepare(target_, schema_,
          "ALTER TABLE stores.audit_log DISABLE TRIGGER USER; DELETE FROM stores.profiles; DO $$ DECLARE "
          "name text; BEGIN "
          "FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'stores' "
          "AND tablename NOT IN ('schema_migrations', 'auth_version') LOOP "
          "EXECUTE format('DELETE FROM stores.%I', name); END LOOP; END $$; "
          "UPDATE stores.auth_version SET version = 1, noticed = 0; "
          "ALTER TABLE stores.audit_log ENABLE TRIGGER USER");
  if (!pooled) return;
  pooler_.emplace(server);
  target_ = value_of(postgres::Target::parse(server.url_at(pooler_->port())), "url");
}

}  // namespace papi::test
