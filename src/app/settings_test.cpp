#include "app/settings.hpp"

#include <gtest/gtest.h>

namespace papi::app {

TEST(Settings, a_backend_is_the_memory_of_this_process_and_nothing_else_yet) {
  for (const std::string name : {"CACHE_BACKEND", "RATE_LIMIT_BACKEND"}) {
    const struct {
      std::string value;
      std::vector<std::string> faults;
    } rows[] = {{"memory", {}},
                {"Memory", {}},
                {"redis", {name + ": must be memory (from environment, is 'redis')"}},
                {"memory,redis", {name + ": must be memory (from environment, is 'memory,redis')"}}};
    for (const auto& row : rows) {
      Settings settings;
      const auto table = setting_table(settings);
      const config::Loaded loaded = config::load(table, {}, {{name, row.value}}, {}, {});
      EXPECT_EQ(loaded.faults, row.faults) << name << "=" << row.value;
    }
  }
}

TEST(Settings, the_database_is_a_file_or_a_server_and_no_fault_shows_its_password) {
  const struct {
    std::string name, value;
    std::vector<std::string> faults;
    std::string server;  // what the program connects to; empty: a file
  } rows[] = {
      {"DATABASE_URL", "sqlite:///./a.db", {}, ""},
      {"DATABASE_URL", "sqlite+aiosqlite:////var/a.db", {}, ""},
      {"DATABASE_URL", "postgresql://papi:hunter2@127.0.0.1:5433/db", {}, "papi@127.0.0.1:5433/db"},
      {"DATABASE_URL", "postgresql+asyncpg://papi:hunter2@127.0.0.1/db", {}, "papi@127.0.0.1:5432/db"},
      {"DATABASE_URL",
       "mysql://papi:hunter2@h/db",
       {"DATABASE_URL: must be sqlite:///PATH or postgresql://… (from environment, is "
        "'mysql://papi:***@h/db')"},
       ""},
      {"DATABASE_URL",
       "postgresql://papi:hunter2@h:0/db",
       {"DATABASE_URL: a port must be a number between 1 and 65535 (from environment, is "
        "'postgresql://papi:***@h:0/db')"},
       ""},
      {"DB_SCHEMA", "quizztok_1", {}, ""},
      {"DB_SCHEMA",
       "Quizztok",
       {"DB_SCHEMA: must have 1 to 63 characters of a-z, 0-9 and _, and must not begin with a digit or pg_ "
        "(from environment, is 'Quizztok')"},
       ""},
      {"DB_POOL_SIZE",
       "0",
       {"DB_POOL_SIZE: must be a whole number from 1 to 1000 (from environment, is '0')"},
       ""},
  };
  for (const auto& row : rows) {
    Settings settings;
    const auto table = setting_table(settings);
    const config::Loaded loaded = config::load(table, {}, {{row.name, row.value}}, {}, {});
    EXPECT_EQ(loaded.faults, row.faults) << row.value;
    EXPECT_EQ(settings.postgres ? settings.postgres->shown() : "", row.server) << row.value;
  }
}

}  // namespace papi::app
