#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "platform/base/clock.hpp"
#include "platform/log/logger.hpp"
#include "platform/postgres/transaction.hpp"
#include "tests/postgres_server.hpp"

namespace papi::postgres {

/// Tests on the real server. Coroutines run on the test's own thread.
struct ServerTest : testing::Test {
  test::PostgresServer& server = test::PostgresServer::shared();
  SystemClock clock;
  LogOptions quiet{LogLevel::critical, LogFormat::text, ""};
  Logger log{quiet, clock};
  net::io_context io{1};

  Executor executor() { return io.get_executor(); }

  /// Starts a coroutine; its value stands in the result once run_until() has let it end.
  template <class T>
  std::shared_ptr<std::optional<T>> start(Task<T> task) {
    const auto value = std::make_shared<std::optional<T>>();
    net::co_spawn(io, keep(std::move(task), value), [](std::exception_ptr escaped) {
      if (escaped) std::rethrow_exception(escaped);
    });
    return value;
  }
  template <class Condition>
  void run_until(Condition done) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    io.restart();
    while (!done()) {
      if (io.run_one_until(limit) == 0) throw std::runtime_error("nothing happens, or not in a minute");
    }
  }
  template <class T>
  T run(Task<T> task) {
    const auto value = start(std::move(task));
    run_until([&] { return value->has_value(); });
    return std::move(**value);
  }
  void run(Task<void> task) {
    bool done = false;
    net::co_spawn(io, std::move(task), [&done](std::exception_ptr escaped) {
      if (escaped) std::rethrow_exception(escaped);
      done = true;
    });
    run_until([&] { return done; });
  }

  template <class T>
  static Task<void> keep(Task<T> task, std::shared_ptr<std::optional<T>> value) {
    value->emplace(co_await std::move(task));
  }

  static Target target_of(const std::string& url) {
    auto target = Target::parse(url);
    if (!target) throw std::runtime_error(target.error().message);
    return *std::move(target);
  }
  std::unique_ptr<Connection> connect(const std::string& url, ConnectionOptions options = {}) {
    auto connection = std::make_unique<Connection>(executor(), std::move(options));
    const Target target = target_of(url);
    const auto connected = run(connection->connect(target));
    if (!connected) throw std::runtime_error(connected.error().what);
    return connection;
  }
  std::unique_ptr<Connection> connect() { return connect(server.url()); }

  template <class... Values>
  Reply<Rows> query(Connection& connection, std::string_view sql, Values&&... values) {
    const Statement statement("test", sql, std::forward<Values>(values)...);
    return run(connection.query(statement));
  }
  /// The first column of all rows, with spaces between.
  std::string column(Connection& connection, const std::string& sql) {
    auto rows = query(connection, "SELECT coalesce(string_agg(x::text, ' '), '') FROM (" + sql + ") AS q(x)");
    if (!rows) throw std::runtime_error(rows.error().what);
    return (*rows)[0].get<std::string>(0);
  }
  void make_table(const std::string& definition) {
    const auto connection = connect();
    const std::string name = definition.substr(0, definition.find('('));
    const auto made =
        run(connection->script("DROP TABLE IF EXISTS " + name + "; CREATE TABLE " + definition));
    if (!made) throw std::runtime_error(made.error().what);
  }
  std::string table(const std::string& sql) {
    const auto connection = connect();
    return column(*connection, sql);
  }
};

}  // namespace papi::postgres
