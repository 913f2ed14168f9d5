#include "app/database_settings.hpp"

#include "platform/postgres/schema.hpp"

namespace papi::app {
namespace {

/// Without the setting's name, which the table adds.
std::string what_is_wrong(const Error& error) { return error.details().faults.front().message; }

config::Setting database_setting(Settings& s) {
  config::Setting setting;
  setting.name = "DATABASE_URL";
  setting.default_value = s.database_url;
  setting.format =
      "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host:5432/database";
  setting.description = "Where everything is kept";
  setting.shown = config::without_password;
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    for (std::string_view scheme : {"sqlite:///", "sqlite+aiosqlite:///"}) {
      if (!value.starts_with(scheme) || value.size() == scheme.size()) continue;
      s.database_url = "sqlite:///" + std::string(value.substr(scheme.size()));
      s.postgres.reset();
      return std::nullopt;
    }
    if (!value.starts_with("postgres")) return "must be sqlite:///PATH or postgresql://…";
    auto target = postgres::Target::parse(value);
    if (!target) return what_is_wrong(target.error());
    s.database_url = value;
    s.postgres = std::move(*target);
    return std::nullopt;
  };
  return setting;
}

config::Setting schema_setting(Settings& s) {
  config::Setting setting = config::text_setting(
      "DB_SCHEMA", s.db_schema, "The schema of PostgreSQL in which the tables are; made at the first start",
      "1 to 63 of a-z, 0-9 and _; no digit first");
  setting.store = [&s](std::string_view value) -> std::optional<std::string> {
    const auto schema = postgres::Schema::parse(value, "DB_SCHEMA");
    if (!schema) return what_is_wrong(schema.error());
    s.db_schema = value;
    return std::nullopt;
  };
  return setting;
}

}  // namespace

std::string Settings::sqlite_path() const {
  return database_url.substr(std::string_view("sqlite:///").size());
}

void add_database_settings(std::vector<config::Setting>& t, Settings& s) {
  using config::duration_setting;
  using config::integer_setting;
  t.push_back(database_setting(s));
  t.push_back(schema_setting(s));
  t.push_back(integer_setting("DB_POOL_SIZE", s.db_pool_size, 1, 1'000,
                              "Connections to PostgreSQL that stay open for reading, besides three others"));
  t.push_back(integer_setting("DB_POOL_MAX_OVERFLOW", s.db_pool_max_overflow, 0, 1'000,
                              "More of them while all are in use"));
  t.push_back(duration_setting("DB_POOL_TIMEOUT", s.db_pool_timeout, 1, 300,
                               "Seconds that a query waits for a connection; beyond: 503"));
  t.push_back(duration_setting("DB_POOL_RECYCLE", s.db_pool_recycle, 0, 604'800,
                               "Seconds until a connection is replaced; 0: never"));
}

}  // namespace papi::app
